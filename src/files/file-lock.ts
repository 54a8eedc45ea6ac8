import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAbsent } from './file-failure.ts';
import { ownMode } from './private-file.ts';
import { isRunning, thisPlace } from './process-here.ts';

type Options = {
  /** How long to wait for another process before giving up. */
  readonly waitMs: number;
  /** Called once when another process holds the lock. */
  readonly onWait?: () => void;
  /** What to reject with when it is waited for no longer; the message names the holder and the lock. */
  readonly refusal: (message: string) => Error;
};

const POLL_MS = 50;
/** A pid may be given to another program after a reboot, so age ends a lock as well. No holder works this long. */
const AGE_MS_MAX = 15 * 60_000;
/** A holder says so often that it is at work, for those who cannot look at its process: in another container. */
const BEAT_MS = 2_000;
const SILENT_MS_MAX = 20_000;
/** Writing a lock file, or removing a stale one, takes microseconds: older than this, its writer died doing it. */
const HALF_DONE_MS_MAX = 10_000;
/** Looked at for so long by our own clock, a holder that lives would have said so, whatever the file's time says. */
const LOOKED_AT_MS_MIN = 3 * BEAT_MS;
/** The same of what nobody says anything about again. */
const LOOKED_AT_HALF_DONE_MS_MIN = 10 * POLL_MS;

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
export async function removeStale(path: string, look = createLook(path)): Promise<void> {
  const removal = `${path}.removal`;
  if (!(await create(removal, randomUUID()))) {
    const seen = await look.removal();
    if (seen !== undefined && isSilent(seen, HALF_DONE)) await rm(removal, { force: true });
    await delay(POLL_MS);
    return;
  }
  try {
    if (await isStale(path, look)) await rm(path, { force: true });
  } finally {
    await rm(removal, { force: true });
  }
}

async function acquire(path: string, { waitMs, onWait, refusal }: Options): Promise<string> {
  const token = randomUUID();
  const look = createLook(path);
  const deadline = performance.now() + waitMs;
  for (let tries = 0; tries === 0 || performance.now() < deadline; tries += 1) {
    if (await create(path, token)) return token;
    if (tries === 0) onWait?.();
    if (await isStale(path, look)) await removeStale(path, look);
    else await delay(POLL_MS);
  }

  const pid = (await readLock(path))?.pid;
  throw refusal(
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

async function isStale(path: string, look: Look): Promise<boolean> {
  const seen = await look.lock();
  if (seen === undefined) return false;
  const lock = await readLock(path);
  if (lock === undefined) return isSilent(seen, HALF_DONE);
  if (lock.place !== thisPlace())
    return isSilent(seen, { forMs: SILENT_MS_MAX, lookedAtMs: LOOKED_AT_MS_MIN });

  return !(await isRunning(lock.pid)) || isSilent(seen, { forMs: AGE_MS_MAX, lookedAtMs: LOOKED_AT_MS_MIN });
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

/** How a file looks: how old it says it is, and for how long it has been seen as it is. In ms. */
type Seen = { readonly ageMs: number; readonly unchangedMs: number };
type Look = {
  readonly lock: () => Promise<Seen | undefined>;
  readonly removal: () => Promise<Seen | undefined>;
};

/**
 * What one who waits sees of a lock, look after look. The clock of the machine may be set meanwhile: then a file seems
 * old that was just written, or stays young for ever. The clock that we look on by is never set.
 */
function createLook(path: string): Look {
  return { lock: looking(path), removal: looking(`${path}.removal`) };
}

function looking(path: string): () => Promise<Seen | undefined> {
  let last = { stamp: '', sinceMs: 0 };

  return async () => {
    try {
      const { ino, mtimeMs } = await stat(path);
      const stamp = `${ino} ${mtimeMs}`;
      if (stamp !== last.stamp) last = { stamp, sinceMs: performance.now() };

      return { ageMs: Date.now() - mtimeMs, unchangedMs: performance.now() - last.sinceMs };
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  };
}

type Silence = { readonly forMs: number; readonly lookedAtMs: number };
const HALF_DONE: Silence = { forMs: HALF_DONE_MS_MAX, lookedAtMs: LOOKED_AT_HALF_DONE_MS_MIN };

function isSilent({ ageMs, unchangedMs }: Seen, { forMs, lookedAtMs }: Silence): boolean {
  return unchangedMs > forMs || (ageMs > forMs && unchangedMs > lookedAtMs);
}
