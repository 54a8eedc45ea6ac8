// A real server with users: the configuration that `workflow nats-config` writes for two agents and three people.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { z } from 'zod';
import { writeNatsConfig } from '../../../src/compose/nats-config.ts';
import { inboxPrefixOf } from '../../../src/stores/jetstream/connection/names.ts';
import { startTestServer, type TestServer } from '../../support/nats.ts';

const agentsYaml = `agents:
  - {name: CMD.BRIDGE, transport: nats}
  - {name: ada, transport: nats}
  - {name: clerk, transport: files}
principals:
  - {name: commander, level: L0}
  - {name: ana, level: L2, domain: ops}
  - {name: bot, level: L3}
`;

export type GuardedServer = {
  readonly project: string;
  readonly server: TestServer;
  /** The users that were written. */
  readonly users: readonly string[];
  /** The address of a user whose name begins so. */
  readonly urlOf: (user: string) => string;
  /** A connection as that user, without anything of ours in between. */
  readonly raw: (user: string) => Promise<NatsConnection>;
  readonly stop: () => Promise<void>;
};

/** Starts the server, and writes agents.yaml and the configuration into a project of its own. */
export async function startGuardedServer(): Promise<GuardedServer> {
  const project = await mkdtemp(join(tmpdir(), 'workflow-guarded-'));
  await writeFile(join(project, 'agents.yaml'), agentsYaml);
  const written = await writeNatsConfig({
    projectDir: project,
    out: join(project, 'nats'),
    namespace: 'default',
    server: 'nats://127.0.0.1:4222',
    agents: [],
    // An L3 gets an address when it is asked for.
    operators: ['bot'],
    observers: [],
    force: false,
  });
  const server = await startTestServer({
    conf: `jetstream {\n  sync_interval: always\n}\n${await readFile(written.conf, 'utf8')}`,
  });
  const urls = z.record(z.string(), z.string()).parse(JSON.parse(await readFile(written.urls, 'utf8')));
  const urlOf = (user: string): string => {
    const [, url] = Object.entries(urls).find(([name]) => name.startsWith(user)) ?? [];
    if (url === undefined) throw new Error(`no user begins with ${user}: ${Object.keys(urls).join(', ')}`);

    return url.replace('127.0.0.1:4222', new URL(server.url).host);
  };
  const open: NatsConnection[] = [];

  return {
    project,
    server,
    users: Object.keys(urls),
    urlOf,
    raw: async (user) => {
      const { username, password, host } = new URL(urlOf(user));
      const inboxPrefix = inboxPrefixOf(username);
      const connection = await connect({ servers: host, user: username, pass: password, inboxPrefix });
      open.push(connection);

      return connection;
    },
    stop: async () => {
      await Promise.all(open.map((connection) => connection.close()));
      await server.stop();
      await rm(project, { recursive: true, force: true });
    },
  };
}

export const journalStream = 'WF_DEFAULT_JOURNAL';
export const workStream = 'WF_DEFAULT_WORK';

export async function streamState(admin: NatsConnection, stream: string) {
  const answer = await admin.request(`$JS.API.STREAM.INFO.${stream}`);

  return answer.json<{ readonly state: { readonly last_seq: number; readonly messages: number } }>().state;
}

/** How far the streams of truth are: what must not change. */
export async function positions(admin: NatsConnection): Promise<readonly number[]> {
  const buckets = ['LEASES', 'AGENTS'].map((bucket) => `KV_WF_DEFAULT_${bucket}`);
  const states = [journalStream, workStream, ...buckets].map((stream) => streamState(admin, stream));

  return (await Promise.all(states)).map((state) => state.last_seq);
}

/** What a connection is told when it publishes there: that it may not, or what came back. */
export async function tried(
  connection: NatsConnection,
  subject: string,
  payload: object = {},
): Promise<string> {
  try {
    return (await connection.request(subject, JSON.stringify(payload), { timeout: 2_000 })).string();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What a connection is told when it subscribes. */
export async function subscribed(connection: NatsConnection, subject: string): Promise<string> {
  const told = new Promise<string>((resolve) => {
    connection.subscribe(subject, { callback: (error) => resolve(error?.message ?? 'a message') });
  });
  // What the server has against a subscription it says before it answers the ping that follows.
  const allowed = connection.flush().then(() => connection.flush());

  return Promise.race([told, allowed.then(() => 'subscribed')]);
}
