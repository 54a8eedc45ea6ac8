import { constants, type Stats } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { isAbsent } from '../files/file-failure.ts';
import { answerBytesMax } from './answer-text.ts';

const seenMax = 20_000;

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

/** What was seen of a file at the last look. */
export type SeenFile = {
  /** Changes when the file does. */
  readonly signature: string;
  /** Since when it has been as it is, by the clock of this process: those of shares may differ by hours. */
  readonly sinceMs: number;
  /** Nothing is done with it before. */
  readonly notBeforeMs: number;
};

/** What is remembered of the files of a folder from one look to the next. Bounded: what does not fit is seen anew. */
export type SeenFiles = {
  readonly see: (name: string, stats: Stats, nowMs: number) => SeenFile;
  /** Also for a file that had another name for some looks. */
  readonly putOff: (file: { readonly name: string; readonly seen: SeenFile }, untilMs: number) => void;
  /** Forgets the files that were not seen since the last call. */
  readonly forgetRest: () => void;
};

export function createSeenFiles(): SeenFiles {
  let last = new Map<string, SeenFile>();
  let current = new Map<string, SeenFile>();

  return {
    see: (name, stats, nowMs) => {
      const signature = signatureOf(stats);
      const known = current.get(name) ?? last.get(name);
      const seen = known?.signature === signature ? known : { signature, sinceMs: nowMs, notBeforeMs: nowMs };
      if (current.size < seenMax) current.set(name, seen);

      return seen;
    },
    putOff: ({ name, seen }, untilMs) => {
      if (current.size < seenMax || current.has(name)) current.set(name, { ...seen, notBeforeMs: untilMs });
    },
    forgetRest: () => {
      last = current;
      current = new Map();
    },
  };
}

export function signatureOf({ ino, size, mtimeMs, nlink }: Stats): string {
  return `${ino}:${size}:${mtimeMs}:${nlink}`;
}
