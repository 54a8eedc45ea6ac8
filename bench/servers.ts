import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shippedPath } from '../src/files/package-path.ts';
import { launchServer } from '../src/nats-server/launch-server.ts';
import { findServer } from '../src/nats-server/provision-server.ts';

export type Servers = {
  /** With the configuration we ship: every acknowledged write is on disk. */
  readonly durable: { readonly url: string; readonly pid: number };
  /** The same server without fsync on every write: what the raw rate is measured on. */
  readonly unsynced: { readonly url: string; readonly pid: number };
  readonly stop: () => Promise<void>;
};

/** Two servers of the same binary on fresh stores. The unsynced one has the server's defaults. */
export async function startServers(): Promise<Servers> {
  const { path: binary } = await findServer({
    env: process.env,
    onProgress: (text) => process.stderr.write(`${text}\n`),
  });
  const folder = await mkdtemp(join(tmpdir(), 'workflow-bench-'));
  const defaults = join(folder, 'unsynced.conf');
  await writeFile(defaults, 'jetstream {}\nmax_payload: 8MB\n');
  const durable = await launchServer({
    binary,
    config: shippedPath('nats.conf'),
    storeDir: join(folder, 'durable'),
  });
  const unsynced = await launchServer({ binary, config: defaults, storeDir: join(folder, 'unsynced') });

  return {
    durable,
    unsynced,
    stop: async () => {
      await Promise.all([durable.stop(), unsynced.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
