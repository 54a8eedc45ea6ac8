import { createHash } from 'node:crypto';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isAbsent } from '../../files/file-failure.ts';
import { writeAtomically } from '../../files/write-atomically.ts';

/** A line of a file. `id` is the same whenever the same line of the same file is read. */
export type FileLine = {
  readonly text: string;
  readonly id: string;
  /** Notes that it was read before the next one is asked for: it never comes again. */
  readonly pass: () => Promise<void>;
};

type Place = {
  readonly projectDir: string;
  /** Relative to the project. */
  readonly path: string;
  readonly signal: AbortSignal;
};

/** How far a file has been read: which file it was, and so many bytes of it; `isWithin` a line that is too long. */
type Mark = { readonly file: string; readonly offset: number; readonly isWithin?: true };

const lookEveryMs = 500;
const readBytesMax = 1024 * 1024;

/**
 * Resolves, once it is known where to begin, with the lines that are appended to a file: from where the last reader
 * in this project stopped, or from the end of one that nobody has read before. A file that is replaced or cut is read
 * from its beginning. A line counts as read when the next one is asked for, so one may come twice after a crash, with
 * the same `id`. They end when the signal aborts. Rejects with what keeps the file, or the note of how far it was read,
 * from being used.
 */
export async function fileLines(place: Place): Promise<AsyncIterable<FileLine>> {
  const { projectDir, path } = place;
  // Each file has a note of its own: another watcher writes none of it.
  const note = `.3ox/bridge/${createHash('sha256').update(path).digest('hex').slice(0, 32)}.json`;
  const mark = (await markIn(projectDir, note)) ?? (await endOf(join(projectDir, path)));
  const remember = (next: Mark) => writeMark(projectDir, note, next);
  await remember(mark);

  return linesFrom(place, mark, remember);
}

async function* linesFrom(
  { projectDir, path, signal }: Place,
  begin: Mark,
  remember: (mark: Mark) => Promise<void>,
): AsyncGenerator<FileLine> {
  let mark = begin;
  while (!signal.aborted) {
    for (const { text, end, file, offset, isWithin } of await newLines(join(projectDir, path), mark)) {
      if (signal.aborted) return;
      const next: Mark = { file, offset: end, ...(isWithin === true ? { isWithin } : {}) };
      if (text !== undefined) yield { text, id: `${file}:${offset}`, pass: () => remember(next) };
      mark = next;
      await remember(mark);
    }
    // Nothing else keeps the process alive meanwhile. It ends early, with an error, only when the signal aborts.
    await pause(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Without `text`: a piece of a line that is too long to be read. */
type Line = Mark & { readonly text?: string; readonly end: number };

/** The whole lines behind a mark, at most a mebibyte of them. */
async function newLines(path: string, mark: Mark): Promise<readonly Line[]> {
  return withFile(path, [], async (handle) => {
    const { file, size } = await identified(handle);
    const from = file === mark.file && mark.offset <= size ? mark.offset : 0;
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(readBytesMax), 0, readBytesMax, from);
    const lines: Line[] = [];
    let at = 0;
    for (
      let end = buffer.indexOf(newline);
      end !== -1 && end < bytesRead;
      end = buffer.indexOf(newline, at)
    ) {
      lines.push({ file, offset: from + at, end: from + end + 1, text: buffer.toString('utf8', at, end) });
      at = end + 1;
    }
    // A line that fills all that is read at a time would hold up what stands behind it.
    if (lines.length === 0 && bytesRead === readBytesMax)
      return [{ file, offset: from, end: from + bytesRead, text: buffer.toString('utf8', 0, bytesRead) }];

    return lines;
  });
}

const newline = 0x0a;

function endOf(path: string): Promise<Mark> {
  return withFile(path, { file: '', offset: 0 }, async (handle) => {
    const { file, size } = await identified(handle);
    return { file, offset: size };
  });
}

/** Its number and when it was made: a number is given again. */
async function identified(handle: FileHandle): Promise<{ readonly file: string; readonly size: number }> {
  const { ino, birthtimeMs, size } = await handle.stat();

  return { file: `${ino}-${Math.trunc(birthtimeMs)}`, size };
}

/** What `use` makes of a file, or `absent` where there is none. */
async function withFile<T>(path: string, absent: T, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    return await use(handle);
  } catch (error) {
    if (isAbsent(error)) return absent;
    throw error;
  } finally {
    await handle?.close();
  }
}

async function markIn(projectDir: string, note: string): Promise<Mark | undefined> {
  try {
    return JSON.parse(await readFile(join(projectDir, note), 'utf8')) as Mark;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

async function writeMark(projectDir: string, path: string, mark: Mark): Promise<void> {
  await writeAtomically({ projectDir, path, text: `${JSON.stringify(mark)}\n`, isPrivate: true });
}
