import { constants, type Stats } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { isAbsent } from '../files/file-failure.ts';
import { answerBytesMax } from './answer-text.ts';
import { signatureOf } from './seen-files.ts';

const nameBytesMax = 200;

/** What is there, links not followed; undefined when nothing is. */
export async function lookAt(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Why a file cannot be an answer, whatever is in it. */
export function unfitReason(name: string, stats: Stats): string | undefined {
  if (Buffer.byteLength(name) > nameBytesMax) return `its name is longer than ${nameBytesMax} bytes`;
  if (stats.isSymbolicLink()) return 'it is a link; an answer is a file of its own';
  if (!stats.isFile()) return 'it is no plain file';
  if (stats.size > answerBytesMax)
    return `it has ${stats.size} bytes, more than ${answerBytesMax}; write the data to a file and answer with its path`;

  return undefined;
}

/**
 * The text of a file as it was when it got its signature. A pipe put in its place does not block, a link is not
 * followed, and no more is read than there was.
 */
export async function readWhole(
  path: string,
  signature: string,
): Promise<{ readonly text: string } | { readonly reason: string } | undefined> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: Error) => error,
  );
  if (handle instanceof Error) return isAbsent(handle) ? undefined : { reason: handle.message };
  try {
    const stats = await handle.stat();
    if (signatureOf(stats) !== signature) return undefined;
    if (stats.nlink > 1) return { reason: 'it has a second name (a hard link)' };
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(stats.size), 0, stats.size, 0);

    return { text: new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, bytesRead)) };
  } catch (error) {
    return { reason: error instanceof TypeError ? 'it is no UTF-8' : String(error) };
  } finally {
    await handle.close();
  }
}
