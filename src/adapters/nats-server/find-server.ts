import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { provisionServer } from './provision-server.ts';
import type { Environment, ServerBinary } from './server-binary.ts';
import { NatsServerError, reasonOf } from './server-error.ts';
import { compareVersions, isNewEnough, NATS_VERSION_MIN, readVersion } from './server-version.ts';

type FindOptions = {
  readonly env: Environment;
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
export function userCacheDir(env: Environment): string {
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
      `NATS_SERVER names ${path}, which does not run as a nats-server (${reasonOf(error)}); correct or unset it`,
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
