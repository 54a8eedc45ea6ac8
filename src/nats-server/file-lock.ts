import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ownMode } from '../files/private-file.ts';
import { NatsServerError } from './server-error.ts';
import { isRunning } from './server-process.ts';
import { thisPlace } from './store-lock.ts';

type Options = {
  /** How long to wait for another process before giving up. */
  readonly waitMs: number;
  /** Called once when another process holds the lock. */
  readonly onWait?: () => void;
};

const POLL_MS = 50;
/** A pid may be given to another program after a reboot, so age ends a lock as well. No holder works this long. */
const AGE_MS_MAX = 15 * 60_000;
/** A holder says so often that it is at work, for those who cannot look at its process: in another container. */
const BEAT_MS = 2_000;
const SILENT_MS_MAX = 20_000;
/** Writing a lock file, or removing a stale one, takes microseconds: older than this, its writer died doing it. */
const HALF_DONE_MS_MAX = 10_000;

/** Runs `work` while no other process on this machine runs something under the same lock file. */
export async function withFileLock<T>(path: string, options: Options, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const token = await acquire(path, options);
  const beat = setInterval(() => void touch(path), BEAT_MS);
  beat.unref();
  try {
    return await work();
  } finally {
    clearInterval(beat);
    // A holder that was suspended for longer than the age limit must not remove its successor's lock.
    if ((await readLock(path))?.token === token) await rm(path, { force: true });
  }
}

/**
 * Removes the lock file of a dead owner.
 * Two processes may find the same dead owner. If both removed the file, the slower one could remove the lock
 * that the faster one has just taken: so removing is done under a lock of its own, and looked at again there.
 */
export async function removeStale(path: string): Promise<void> {
  const removal = `${path}.removal`;
  if (!(await create(removal, randomUUID()))) {
    if (((await ageOf(removal)) ?? 0) > HALF_DONE_MS_MAX) await rm(removal, { force: true });
    await delay(POLL_MS);
    return;
  }
  try {
    if (await isStale(path)) await rm(path, { force: true });
  } finally {
    await rm(removal, { force: true });
  }
}

async function acquire(path: string, { waitMs, onWait }: Options): Promise<string> {
  const token = randomUUID();
  const deadline = performance.now() + waitMs;
  for (let tries = 0; tries === 0 || performance.now() < deadline; tries += 1) {
    if (await create(path, token)) return token;
    if (tries === 0) onWait?.();
    if (await isStale(path)) await removeStale(path);
    else await delay(POLL_MS);
  }

  const pid = (await readLock(path))?.pid;
  throw new NatsServerError(
    'nats.locked',
    `process ${pid ?? '(unknown)'} still holds ${path} after ${waitMs} ms; if it hangs, end it and try again`,
  );
}

async function create(path: string, token: string): Promise<boolean> {
  try {
    await writeFile(path, `${process.pid} ${token} ${thisPlace()}\n`, {
      flag: 'wx',
      mode: await ownMode(path),
    });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function isStale(path: string): Promise<boolean> {
  const ageMs = await ageOf(path);
  if (ageMs === undefined) return false;
  const lock = await readLock(path);
  if (lock === undefined) return ageMs > HALF_DONE_MS_MAX;

  if (ageMs > AGE_MS_MAX) return true;

  return lock.place === thisPlace() ? !(await isRunning(lock.pid)) : ageMs > SILENT_MS_MAX;
}

/** The lock may have been taken away from a holder that was suspended for long. */
async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined);
}

type Lock = { readonly pid: number; readonly token: string; readonly place: string };

async function readLock(path: string): Promise<Lock | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  // Earlier versions did not say where.
  const [, pid, token, place = thisPlace()] = /^(\d+) (\S+)(?: (.+))?\n$/.exec(text) ?? [];

  return pid === undefined || token === undefined ? undefined : { pid: Number(pid), token, place };
}

async function ageOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);

  return found === undefined ? undefined : Date.now() - found.mtimeMs;
}
