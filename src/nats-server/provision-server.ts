import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { execa } from 'execa';
import { withFileLock } from '../files/file-lock.ts';
import { type ProvisionWay, provisionFromPackages, type WayOptions } from './provision-from-packages.ts';
import { firstLineOf, lockedServer, NatsServerError } from './server-error.ts';
import {
  compareVersions,
  isNewEnough,
  NATS_VERSION_MIN,
  readVersion,
  type ServerBinary,
  type ServerEnvironment,
} from './server-version.ts';

// The digests of the release's SHA256SUMS. A platform that is not listed is refused, never downloaded unchecked.
const RELEASE: ServerRelease = {
  version: '2.15.0',
  base: 'https://github.com/nats-io/nats-server/releases/download',
  sha256: {
    'linux-amd64': '5d2c51caca950333aba84911df7d377f826f3a59ec36061c6539105084f65c92',
    'linux-arm64': 'cdc208f5a3f42963a52b6ab06ef65626bb870315dc936e26ba571780c6351112',
    'darwin-amd64': '5bd8b59ca5bf93fab3da2c5843cf564cd6e2e291e22ae3b861746e7ebe259b95',
    'darwin-arm64': 'e1c4e22d70bd44abfa0bcb3c16f7cf0c66f648c2e728c58924e8a1ce88913cc8',
  },
};

const TIMEOUT_MS = 180_000;
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

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
    const message = `the cache ${folder} cannot be written (${firstLineOf(error)}); set WORKFLOW_CACHE_DIR to a folder that can`;
    throw new NatsServerError('nats.cache-not-writable', message, error);
  });
  return withFileLock(join(folder, '.lock'), { waitMs: WAIT_MS, onWait, refusal: lockedServer }, async () => {
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
      failures.push(`  from ${way.label}: ${firstLineOf(error)}`);
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

/** A release of nats-server, with the SHA-256 of each archive that we accept. */
type ServerRelease = {
  readonly version: string;
  readonly base: string;
  readonly sha256: Readonly<Record<string, string>>;
};

/** Downloads the official archive for this platform, checks its digest and unpacks it. */
export async function provisionFromRelease(options: WayOptions, release = RELEASE): Promise<string> {
  const { folder, onProgress } = options;
  const platform = `${process.platform}-${ARCHITECTURES[process.arch] ?? process.arch}`;
  const expected = release.sha256[platform];
  if (expected === undefined)
    throw new Error(`no digest is pinned for ${platform}, so nothing is downloaded`);

  const name = `nats-server-v${release.version}-${platform}`;
  onProgress(`downloading ${name}.tar.gz`);
  const archive = await download(`${release.base}/v${release.version}/${name}.tar.gz`);
  const actual = createHash('sha256').update(archive).digest('hex');
  if (actual !== expected) throw new Error(`${name}.tar.gz has SHA-256 ${actual}, pinned is ${expected}`);

  const unpacked = join(folder, 'unpacked');
  await mkdir(unpacked);
  await writeFile(join(folder, 'archive.tar.gz'), archive);
  await execa('tar', ['-xzf', join(folder, 'archive.tar.gz'), '-C', unpacked], { timeout: TIMEOUT_MS });

  return join(unpacked, name, 'nats-server');
}

async function download(url: string): Promise<Buffer> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw new Error(`${url} could not be downloaded: ${firstLineOf(cause)}`, { cause: error });
  }
}

type FindOptions = {
  readonly env: ServerEnvironment;
  /** Where provisioned servers are kept; by default the user's cache. */
  readonly cacheDir?: string;
  /** Told what is going on when it takes longer than a moment. */
  readonly onProgress?: (message: string) => void;
};

/** Finds a server: what NATS_SERVER names, else PATH, else the cache, else one is brought into the cache. */
export async function findServer({
  env,
  cacheDir,
  onProgress = () => {},
}: FindOptions): Promise<ServerBinary> {
  const named = env.NATS_SERVER;
  if (named !== undefined && named !== '') return checkNamed(resolve(named));

  const installed = await findOnPath(env.PATH ?? '', onProgress);
  if (installed !== undefined) return installed;

  const folder = join(cacheDir ?? userCacheDir(env), 'nats-server');
  const cached = await findCached(folder);
  if (cached !== undefined) return cached;

  return provisionServer({ folder, env, onProgress, findCached: () => findCached(folder) });
}

/** WORKFLOW_CACHE_DIR, else our folder in the cache that the desktop standard names. */
export function userCacheDir(env: ServerEnvironment): string {
  const own = env.WORKFLOW_CACHE_DIR;
  if (own !== undefined && own !== '') return resolve(own);
  const shared = env.XDG_CACHE_HOME;
  const base = shared !== undefined && isAbsolute(shared) ? shared : join(homedir(), '.cache');

  return join(base, '3ox-workflow');
}

// Somebody who names a binary wants that one: falling through to another would hide the mistake.
async function checkNamed(path: string): Promise<ServerBinary> {
  const version = await readVersion(path).catch((error: unknown) => {
    throw new NatsServerError(
      'nats.server-unusable',
      `NATS_SERVER names ${path}, which does not run as a nats-server (${firstLineOf(error)}); correct or unset it`,
      error,
    );
  });
  if (isNewEnough(version)) return { path, version, source: 'NATS_SERVER' };

  throw new NatsServerError(
    'nats.server-too-old',
    `NATS_SERVER names ${path}, version ${version}, but ${NATS_VERSION_MIN} or newer is needed; correct or unset it`,
  );
}

async function findOnPath(
  path: string,
  onProgress: (message: string) => void,
): Promise<ServerBinary | undefined> {
  for (const folder of path.split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    const candidate = join(folder, 'nats-server');
    const version = await versionOf(candidate);
    if (version === undefined) continue;
    if (isNewEnough(version)) return { path: candidate, version, source: 'PATH' };
    onProgress(`${candidate} is version ${version}, too old: ${NATS_VERSION_MIN} or newer is needed`);
  }

  return undefined;
}

async function findCached(folder: string): Promise<ServerBinary | undefined> {
  const names = await readdir(folder).catch(() => []);
  const newestFirst = names.filter(isNewEnough).sort((a, b) => compareVersions(b, a));
  for (const name of newestFirst) {
    const path = join(folder, name, 'nats-server');
    const version = await versionOf(path);
    if (version !== undefined && isNewEnough(version)) return { path, version, source: 'cache' };
  }

  return undefined;
}

async function versionOf(path: string): Promise<string | undefined> {
  try {
    if (!(await stat(path)).isFile()) return undefined;
    await access(path, constants.X_OK);
    return await readVersion(path);
  } catch {
    return undefined;
  }
}
