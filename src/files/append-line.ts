import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { type AnchoredFolder, openAnchored } from './anchored-folder.ts';
import { FileFailure, fileFailure } from './file-failure.ts';
import { PathRefused, pathSegments } from './path-segments.ts';

/** How far back an earlier copy of a line is looked for. A repeated attempt comes soon after the first. */
const lookBackBytesMax = 4 * 1024 * 1024;

/**
 * Appends one line to a file of the project, unless one that starts with `mark` is there already. Resolves with
 * whether it was appended. A torn last line, left by a crash, is closed first, so that it cannot swallow the new
 * one.
 */
export async function appendLineOnce(line: {
  readonly projectDir: string;
  readonly path: string;
  readonly text: string;
  readonly mark: string;
}): Promise<boolean> {
  const { projectDir, path, text, mark } = line;
  const segments = pathSegments(path);
  const fileName = segments.at(-1);
  if (fileName === undefined) throw new PathRefused('path.empty', path, 'it names no file');

  let folder: AnchoredFolder | undefined;
  let handle: FileHandle | undefined;
  try {
    folder = await openAnchored(projectDir, segments.slice(0, -1), path);
    handle = await openLog(join(folder.at, fileName), path);
    const tail = await readTail(handle);
    if (`\n${tail}`.includes(`\n${mark}`)) return false;

    await handle.appendFile(`${tail === '' || tail.endsWith('\n') ? '' : '\n'}${text}\n`);
    await handle.sync();
    return true;
  } catch (error) {
    throw fileFailure(error, path);
  } finally {
    await handle?.close();
    await folder?.close();
  }
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
