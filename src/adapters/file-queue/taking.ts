import { randomBytes } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbsent } from '../../files/file-failure.ts';
import { type Taker, takenBy, takenName } from './names.ts';
import { lookAt } from './read-whole.ts';
import { renameIfFree } from './rename-file.ts';
import { type SeenFile, signatureOf } from './seen-files.ts';

/** How long an answer may be under way before another process reports it, too: the engine takes it once. */
const takenMsMax = 60_000;

type SeenAt = { readonly at: string; readonly name: string; readonly seen: SeenFile };

/**
 * Takes a file for this process by a rename: the new name, which is `busy` from before it is there, or undefined when
 * the file is gone or not as it was seen.
 */
export async function takeFile(
  taker: Taker,
  { at, name, seen }: SeenAt,
  busy: Set<string>,
): Promise<string | undefined> {
  const taken = takenName(taker, name);
  busy.add(taken);
  let isTaken = false;
  try {
    await rename(join(at, name), join(at, taken));
    const stats = await lookAt(join(at, taken));
    isTaken = stats !== undefined && signatureOf(stats) === seen.signature;
    if (!isTaken) await putBack(at, { taken, name });
  } catch (error) {
    if (!isAbsent(error)) throw error;
  } finally {
    if (!isTaken) busy.delete(taken);
  }

  return isTaken ? taken : undefined;
}

/** Gives a file its name back, or one like it where there is a newer file of that name. */
export async function putBack(
  at: string,
  { taken, name }: { readonly taken: string; readonly name: string },
): Promise<void> {
  try {
    if (await renameIfFree(join(at, taken), join(at, name))) return;
    const other = name.replace('-', `-again-${randomBytes(4).toString('hex')}-`);
    await renameIfFree(join(at, taken), join(at, other));
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

/** The name of a file that whoever took it has left behind; undefined while it may still be reported. */
export function abandonedName(
  taker: Taker,
  { name, seen }: Pick<SeenAt, 'name' | 'seen'>,
  nowMs: number,
): string | undefined {
  const taken = takenBy(name);
  if (taken === undefined) return undefined;
  const isMine = taken.pid === taker.pid && taken.id === taker.id;
  const isOld = nowMs - seen.sinceMs >= takenMsMax;

  return isMine || isOld || isGone(taken.pid) ? taken.name : undefined;
}

/** A process of another machine that shares the folder may seem gone: then both report, which does no harm. */
function isGone(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}
