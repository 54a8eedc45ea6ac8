// A real nats-server for one test: its own store in a temporary folder, a free port, the repository's
// nats.conf. Call stop() when the test is over; a test run that crashes kills its servers on the way out.
import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchServer } from '../../src/nats-server/launch-server.ts';
import { findServer } from '../../src/nats-server/provision-server.ts';

export type TestServer = {
  readonly url: string;
  readonly storeDir: string;
  readonly pid: () => number;
  readonly monitorUrl: () => string | undefined;
  /** Ends the server in order. The store stays. */
  readonly end: () => Promise<void>;
  /** Ends the server and removes its store. */
  readonly stop: () => Promise<void>;
  /** Ends the server as a crash would. The store stays. */
  readonly kill9: () => Promise<void>;
  /** Brings a server up again on the same store and the same port, ending the old one if it still runs. */
  readonly restart: () => Promise<void>;
};

type Options = {
  /** The text of a configuration to use in place of the repository's nats.conf. */
  readonly conf?: string;
  /** A free one, without. */
  readonly port?: number;
  /** A store to begin with, which is copied. */
  readonly store?: string;
};

const NATS_CONF = fileURLToPath(new URL('../../nats.conf', import.meta.url));

/** Starts a server and resolves when it accepts connections. */
export async function startTestServer({ conf, port: wanted = 0, store }: Options = {}): Promise<TestServer> {
  const { path: binary } = await findServer({ env: process.env });
  const folder = await mkdtemp(join(tmpdir(), 'workflow-nats-'));
  const storeDir = join(folder, 'store');
  const config = conf === undefined ? NATS_CONF : join(folder, 'test.conf');
  if (conf !== undefined) await writeFile(config, conf);
  if (store !== undefined) await cp(store, storeDir, { recursive: true });

  let server = await launchServer({ binary, config, storeDir, port: wanted });
  let guard = guardAgainstCrash(server.pid, folder);
  const { url, port } = server;
  const end = async (): Promise<void> => {
    // First, so that it cannot kill a stranger that is given the pid.
    guard.kill('SIGKILL');
    await server.stop();
  };

  return {
    url,
    storeDir,
    pid: () => server.pid,
    monitorUrl: () => server.monitorUrl,
    end,
    stop: async () => {
      await end();
      await rm(folder, { recursive: true, force: true });
    },
    kill9: async () => {
      process.kill(server.pid, 'SIGKILL');
      await end();
    },
    restart: async () => {
      await end();
      server = await launchServer({ binary, config, storeDir, port });
      guard = guardAgainstCrash(server.pid, folder);
    },
  };
}

// However this process ends, even by SIGKILL, its end of the pipe closes: then the server and its files go.
function guardAgainstCrash(pid: number, folder: string): ChildProcess {
  const script = 'cat > /dev/null; kill -9 "$0"; rm -rf "$1"';
  const guard = spawn('sh', ['-c', script, String(pid), folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  if (guard.stdin instanceof Socket) guard.stdin.unref();

  return guard;
}
