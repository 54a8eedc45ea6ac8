import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { type AnchoredFolder, openAnchored } from './anchored-folder.ts';
import { FileFailure, fileFailure } from './file-failure.ts';
import { PathRefused, pathSegments } from './path-segments.ts';

/** How far back an earlier copy of a line is looked for. A repeated attempt comes soon after the first. */
const lookBackBytesMax = 1024 * 1024;

/** A line without its end. `mark` is how it begins, which no other line does. */
export type MarkedLine = { readonly text: string; readonly mark: string };

/**
 * Appends lines to a file of the project, but for those whose mark a line that is there already begins with. Resolves
 * with how many were appended. A torn last line, left by a crash, is closed first, so that it cannot swallow a new one.
 * Rejects with PathRefused or FileFailure.
 */
export async function appendLinesOnce(file: {
  readonly projectDir: string;
  readonly path: string;
  readonly lines: readonly MarkedLine[];
}): Promise<number> {
  const { projectDir, path, lines } = file;
  const segments = pathSegments(path);
  const fileName = segments.at(-1);
  if (fileName === undefined) throw new PathRefused('path.empty', path, 'it names no file');

  let folder: AnchoredFolder | undefined;
  let handle: FileHandle | undefined;
  try {
    folder = await openAnchored(projectDir, segments.slice(0, -1), path);
    handle = await openLog(join(folder.at, fileName), path);
    const tail = await readTail(handle);
    const isThere = lookup(tail);
    const added = lines.filter(({ mark }) => !isThere(mark));
    if (added.length === 0) return 0;

    const text = added.map((line) => `${line.text}\n`).join('');
    await handle.appendFile(`${tail === '' || tail.endsWith('\n') ? '' : '\n'}${text}`);
    await handle.sync();
    return added.length;
  } catch (error) {
    throw fileFailure(error, path);
  } finally {
    await handle?.close();
    await folder?.close();
  }
}

/** Whether a line begins with a text. A torn last line is none. */
function lookup(tail: string): (start: string) => boolean {
  const lines = tail.split('\n').slice(0, -1).sort();

  return (start) => {
    let low = 0;
    let high = lines.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((lines[middle] ?? '') < start) low = middle + 1;
      else high = middle;
    }

    return lines[low]?.startsWith(start) ?? false;
  };
}

/** O_NONBLOCK keeps a pipe put in the log's place from blocking the open. */
async function openLog(path: string, shownPath: string): Promise<FileHandle> {
  const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  const handle = await open(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o644);
  if ((await handle.stat()).isFile()) return handle;

  await handle.close();
  throw new FileFailure('file.not-a-file', `${shownPath}: what is there is no plain file`, {
    retryable: false,
  });
}

async function readTail(handle: FileHandle): Promise<string> {
  const { size } = await handle.stat();
  const length = Math.min(size, lookBackBytesMax);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length);

  return buffer.toString('utf8', 0, bytesRead);
}
