// Three real nats-servers that form one JetStream cluster, each with its own store in a temporary folder. Call stop()
// when the test is over; a test run that crashes kills its servers on the way out, as with one server.
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { startTestServer, type TestServer } from './nats.ts';

export type ClusterServer = {
  readonly url: string;
  readonly storeDir: string;
  readonly pid: () => number;
  readonly monitorUrl: () => string | undefined;
  /** Ends the server as a crash would. The store stays. */
  readonly kill9: () => Promise<void>;
  /** Brings the server up again on the same store and ports, ending the old one if it still runs. */
  readonly restart: () => Promise<void>;
  /** The process stands still, as in a long pause of a virtual machine, until it is resumed. */
  readonly pause: () => void;
  readonly resume: () => void;
};

export type TestCluster = {
  readonly urls: readonly string[];
  /** All addresses in one list, separated by commas. */
  readonly url: string;
  readonly servers: readonly [ClusterServer, ClusterServer, ClusterServer];
  /** The index of the server that leads the stream. Waits for an election to end. */
  readonly leaderOf: (stream: string) => Promise<number>;
  /** Waits until every server keeps up again: streams with three replicas can be made and written. */
  readonly whole: () => Promise<void>;
  /** Ends the servers and removes their stores. */
  readonly stop: () => Promise<void>;
};

const NAMES = ['n1', 'n2', 'n3'] as const;
const POLL_MS = 100;
const READY_MS_MAX = 60_000;
const RESTARTS_MAX = 20;
// Below the range that the system gives to outgoing connections and to whoever asks for any free port.
const PORT_MIN = 12_000;
const PORT_MAX = 30_000;
const PORT_TRIES_MAX = 200;

/** Starts the servers and resolves when they have elected a leader and take streams with three replicas. */
export async function startTestCluster(): Promise<TestCluster> {
  const routePorts = await freePorts(NAMES.length);
  const starting = NAMES.map((name, index) => startTestServer({ conf: confOf(name, index, routePorts) }));
  const [first, second, third] = (await Promise.all(starting)) as [TestServer, TestServer, TestServer];
  const all = [first, second, third];
  const urls = all.map(({ url }) => url);
  const stop = async (): Promise<void> => {
    await Promise.all(all.map(endAtOnce));
  };
  try {
    await untilWhole(urls);
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    urls,
    url: urls.join(','),
    servers: [controlled(first), controlled(second), controlled(third)],
    leaderOf: (stream) => leaderOf(urls, stream),
    whole: () => untilWhole(urls),
    stop,
  };
}

function confOf(name: string, index: number, routePorts: readonly number[]): string {
  const routes = routePorts.map((port) => `nats://127.0.0.1:${port}`).join(', ');

  return `
server_name: ${name}
host: "127.0.0.1"
http: "127.0.0.1:-1"
max_payload: 8MB
jetstream { max_memory_store: 1GB, sync_interval: always }
cluster { name: "test", listen: "127.0.0.1:${routePorts[index]}", routes: [${routes}] }
`;
}

function controlled(server: TestServer): ClusterServer {
  const { url, storeDir, pid, monitorUrl, kill9 } = server;

  return {
    url,
    storeDir,
    pid,
    monitorUrl,
    kill9,
    restart: () => restart(server),
    pause: () => {
      process.kill(pid(), 'SIGSTOP');
    },
    resume: () => {
      process.kill(pid(), 'SIGCONT');
    },
  };
}

/** A thread that waits for the disk keeps the port for a moment after the process is said to be gone. */
async function restart(server: TestServer): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await server.restart();
      return;
    } catch (error) {
      if (attempt === RESTARTS_MAX) throw error;
    }
    await delay(POLL_MS);
  }
}

/** By SIGKILL: a server that stands still hears nothing else, and one that lost its peers ends slowly. */
async function endAtOnce(server: TestServer): Promise<void> {
  try {
    process.kill(server.pid(), 'SIGKILL');
  } catch {
    // It was killed by the test.
  }
  await server.stop();
}

type ApiAnswer = {
  readonly error?: { readonly err_code?: number; readonly description?: string };
  readonly cluster?: {
    readonly leader?: string;
    readonly replicas?: readonly { readonly current?: boolean; readonly offline?: boolean }[];
  };
};

async function leaderOf(urls: readonly string[], stream: string): Promise<number> {
  return untilFound(urls, `stream ${stream} has no leader`, async (connection) => {
    const { cluster } = await ask(connection, `STREAM.INFO.${stream}`, {});
    const index = (NAMES as readonly string[]).indexOf(cluster?.leader ?? '');

    return index < 0 ? undefined : index;
  });
}

/** Placing three replicas takes a leader that knows of all three servers. */
async function untilWhole(urls: readonly string[]): Promise<void> {
  const stream = 'TEST_CLUSTER_PROBE';
  const config = { name: stream, subjects: ['test.cluster.probe'], storage: 'memory', num_replicas: 3 };
  await untilFound(urls, 'the cluster is not complete', async (connection) => {
    const created = await ask(connection, `STREAM.CREATE.${stream}`, config);
    if (created.error !== undefined) return undefined;
    const { cluster } = await ask(connection, `STREAM.INFO.${stream}`, {});
    const replicas = cluster?.replicas ?? [];
    const isWhole =
      replicas.length === 2 && replicas.every(({ current, offline }) => current === true && offline !== true);
    if (isWhole) await ask(connection, `STREAM.DELETE.${stream}`, {});

    return isWhole || undefined;
  });
}

async function untilFound<Found>(
  urls: readonly string[],
  problem: string,
  look: (connection: NatsConnection) => Promise<Found | undefined>,
): Promise<Found> {
  const connection = await connect({
    servers: [...urls],
    maxReconnectAttempts: -1,
    reconnectTimeWait: POLL_MS,
  });
  try {
    const deadline = performance.now() + READY_MS_MAX;
    while (performance.now() < deadline) {
      const found = await look(connection).catch(() => undefined);
      if (found !== undefined) return found;
      await delay(POLL_MS);
    }
  } finally {
    await connection.close();
  }

  throw new Error(`${problem} after ${READY_MS_MAX} ms`);
}

async function ask(connection: NatsConnection, verb: string, payload: object): Promise<ApiAnswer> {
  const message = await connection.request(`$JS.API.${verb}`, JSON.stringify(payload), { timeout: 2_000 });

  return message.json<ApiAnswer>();
}

/** Ports that nobody listens on. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let attempt = 0; attempt < PORT_TRIES_MAX && found.size < count; attempt++) {
    const port = PORT_MIN + Math.floor(Math.random() * (PORT_MAX - PORT_MIN));
    if (await isFree(port)) found.add(port);
  }
  if (found.size < count) throw new Error(`no ${count} free ports between ${PORT_MIN} and ${PORT_MAX}`);

  return [...found];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
