import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { megabytes } from '../lib/text.ts';
import { ensureLogins, type ServerLogin, sentOnlyTo } from './server-login.ts';
import { readRecord, type ServerRecord } from './server-process.ts';

/** Why the server of a project stores nothing. */
export type RefusedStore = {
  readonly code: 'nats.disk-full' | 'nats.store-read-only' | 'nats.too-many-files' | 'nats.not-storing';
  readonly message: string;
  /**
   * The server that stores nothing until it is started anew, by its name, although nothing is in its way any more.
   * Absent where starting it anew would not help, or need not.
   */
  readonly restart?: string;
};

/** Asks the system account of a server what is wrong with it; undefined where nothing is, or no answer comes. */
export type AskHealth = (server: {
  readonly url: string;
  readonly login: ServerLogin;
}) => Promise<string | undefined>;

/** A server is not started with less, since it would start and then store nothing. */
export const FREE_BYTES_MIN = 64 * 1024 * 1024;

/** A disk with less is full: what is left are crumbs of the file system. */
const FULL_BYTES = 1024 * 1024;

const HEALTH_MS_MAX = 1_000;

/** What the server says it met while it wrote, and what that is. Checked in this order. */
const REASONS = [
  ['nats.disk-full', /no space left|quota exceeded|insufficient (storage )?resources/i],
  ['nats.store-read-only', /read-only file system|operation not permitted|permission denied/i],
  ['nats.too-many-files', /too many open files/i],
  ['nats.not-storing', /write error|not enabled|disabled|input\/output error/i],
] as const;

/** What is in the way of the server that keeps its store below this folder; undefined where nothing is known to be. */
export async function findStoreTrouble(
  folder: string,
  askHealth: AskHealth,
): Promise<RefusedStore | undefined> {
  const store = join(folder, 'store');
  const free = await freeBytes(folder);
  if (await isReadOnly(folder)) {
    const message = `the file system of ${store} is read-only; mount it for writing. Runs go on by themselves then`;
    return { code: 'nats.store-read-only', message };
  }
  if (free !== undefined && free < FULL_BYTES)
    return { code: 'nats.disk-full', message: fullText(store, free) };
  const record = await readRecord(folder);
  const said = record === undefined ? undefined : await whatServerSays(folder, record, askHealth);
  const code = REASONS.find(([, pattern]) => pattern.test(said ?? ''))?.[0];
  if (record === undefined || said === undefined || code === undefined) return undefined;
  if (free !== undefined && free < FREE_BYTES_MIN)
    return { code: 'nats.disk-full', message: fullText(store, free) };

  return { code, message: restartText(store, said, record), restart: record.name };
}

/** Whether the server says that it stores nothing until it is started anew. */
function restartText(store: string, said: string, { pid }: ServerRecord): string {
  return (
    `the NATS server (process ${pid}) stores nothing in ${store} since a write failed (${said}); an engine starts it ` +
    'anew once there is room and it may write, or `workflow down` ends it'
  );
}

function fullText(store: string, free: number): string {
  const size = free < FULL_BYTES ? `${Math.floor(free / 1024)} KB` : megabytes(free);

  return (
    `the disk of ${store} is full (${size} free); make room, ${megabytes(FREE_BYTES_MIN)} at least. Runs go on by ` +
    'themselves then'
  );
}

async function freeBytes(folder: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

async function isReadOnly(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EROFS';
  }
}

/** The write that failed, as the health check of the server has it; undefined where it is well or does not answer. */
async function whatServerSays(
  folder: string,
  { monitorUrl, url, port, password }: ServerRecord,
  askHealth: AskHealth,
): Promise<string | undefined> {
  if (password !== undefined && url !== undefined && port !== undefined) {
    const { monitor } = await ensureLogins(folder);
    return askHealth({ url, login: sentOnlyTo(port, folder, monitor) });
  }
  if (monitorUrl === undefined) return undefined;
  // One of an older version has a monitor, and no user of the system account.
  try {
    const answer = await fetch(`${monitorUrl}/healthz`, { signal: AbortSignal.timeout(HEALTH_MS_MAX) });
    const { status, error } = (await answer.json()) as {
      readonly status?: unknown;
      readonly error?: unknown;
    };

    return status === 'ok' || typeof error !== 'string' ? undefined : error;
  } catch {
    return undefined;
  }
}
