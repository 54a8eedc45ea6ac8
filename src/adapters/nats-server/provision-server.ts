import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withFileLock } from './file-lock.ts';
import { provisionFromPackages } from './provision-from-packages.ts';
import { provisionFromRelease } from './provision-from-release.ts';
import type { ProvisionWay, WayOptions } from './provision-way.ts';
import type { ServerBinary } from './server-binary.ts';
import { NatsServerError, reasonOf } from './server-error.ts';
import { isNewEnough, NATS_VERSION_MIN, readVersion } from './server-version.ts';

type ProvisionOptions = WayOptions & {
  readonly findCached: () => Promise<ServerBinary | undefined>;
  readonly ways?: readonly ProvisionWay[];
};

/** Longer than all commands of all ways may take together, so that a waiting process outlasts a slow network. */
const WAIT_MS = 14 * 60_000;
const WORK_PREFIX = '.provision-';

const WAYS: readonly ProvisionWay[] = [
  { label: "this machine's package sources", fetch: provisionFromPackages },
  { label: 'the official release archive', fetch: provisionFromRelease },
];

/** Brings a server into the cache folder, without root and without touching the system. */
export async function provisionServer(options: ProvisionOptions): Promise<ServerBinary> {
  const { folder, onProgress, findCached } = options;
  const onWait = () => onProgress('another process is provisioning nats-server; waiting for it');

  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    const message = `the cache ${folder} cannot be written (${reasonOf(error)}); set WORKFLOW_CACHE_DIR to a folder that can`;
    throw new NatsServerError('nats.cache-not-writable', message, error);
  });
  return withFileLock(join(folder, '.lock'), { waitMs: WAIT_MS, onWait }, async () => {
    // The process that held the lock before us may have done the work.
    return (await findCached()) ?? provision(options);
  });
}

async function provision({ folder, env, onProgress, ways = WAYS }: ProvisionOptions): Promise<ServerBinary> {
  await removeLeftovers(folder);
  const failures: string[] = [];
  for (const way of ways) {
    onProgress(`nats-server ${NATS_VERSION_MIN} or newer is not installed; getting it from ${way.label}`);
    const work = await mkdtemp(join(folder, WORK_PREFIX));
    try {
      const binary = await install(folder, await way.fetch({ folder: work, env, onProgress }));
      onProgress(`nats-server ${binary.version} is ready`);
      return binary;
    } catch (error) {
      failures.push(`  from ${way.label}: ${reasonOf(error)}`);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }

  throw new NatsServerError('nats.server-not-found', notFound(failures));
}

// Proved to run before it is moved, and moved by a rename: the cache never shows half a server.
async function install(folder: string, fetched: string): Promise<ServerBinary> {
  await chmod(fetched, 0o755);
  const version = await readVersion(fetched);
  if (!isNewEnough(version)) throw new Error(`only version ${version} is offered there`);

  const path = join(folder, version, 'nats-server');
  await mkdir(join(folder, version), { recursive: true });
  await rename(fetched, path);

  return { path, version, source: 'provisioned' };
}

// Left behind by a process that was killed. We hold the lock, so nobody works in them.
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(WORK_PREFIX)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

function notFound(failures: readonly string[]): string {
  return [
    `no nats-server ${NATS_VERSION_MIN} or newer was found, and none could be provisioned:`,
    ...failures,
    'install one, or say where one is, and try again:',
    '  macOS            brew install nats-server',
    '  Debian, Ubuntu   apt install nats-server   (from forky, sid or newer)',
    '  Docker           docker run -p 127.0.0.1:4222:4222 nats:2 -js   then NATS_URL=nats://127.0.0.1:4222',
    '  a binary         NATS_SERVER=/path/to/nats-server',
    '  a running server NATS_URL=nats://host:4222',
  ].join('\n');
}
