import { rm, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { errorNumber, isAbsent } from '../../files/file-failure.ts';
import { writePrivateFile } from '../../files/private-file.ts';
import { SecretsUnavailable } from '../../ports/secret-errors.ts';

const pollMs = 20;
/** Whoever holds it reads and writes one small file: older than this, its holder died. */
const heldMsMax = 5_000;
const waitMsMax = 10_000;

/**
 * Does the work while no other process of this machine works under the same lock file. Rejects with SecretsUnavailable
 * where that takes too long.
 */
export async function oneAtATime(lockPath: string, work: () => Promise<void>): Promise<void> {
  await take(lockPath);
  try {
    await work();
  } finally {
    await rm(lockPath, { force: true });
  }
}

async function take(lockPath: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < waitMsMax; waitedMs += pollMs) {
    try {
      return await writePrivateFile(lockPath, `${process.pid}\n`);
    } catch (error) {
      if (errorNumber(error) !== 'EEXIST') throw error;
    }
    if (await isLeft(lockPath)) await rm(lockPath, { force: true });
    else await delay(pollMs);
  }

  throw new SecretsUnavailable(
    `another process holds ${lockPath}; if there is none, remove it and try again`,
  );
}

async function isLeft(lockPath: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(lockPath)).mtimeMs > heldMsMax;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}
