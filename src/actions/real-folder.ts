import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { errorNumber, isAbsent } from '../files/file-failure.ts';
import { TaskError } from '../ports/work/handler.ts';

/** The real path of a folder to read. Rejects with TaskError when it is not there. */
export async function realFolder(projectDir: string, folder: string): Promise<string> {
  const path = readPath(projectDir, folder);
  try {
    return await realpath(path);
  } catch (error) {
    throw folderError(error, folder);
  }
}

/** What an error of the file system says of the folder that is read; any other error passes through. */
export function folderError(error: unknown, folder: string): unknown {
  const errno = errorNumber(error);
  if (errno === undefined || !(error instanceof Error && 'syscall' in error)) return error;
  if (isAbsent(error)) {
    return new TaskError('files.folder-not-found', `there is no folder ${folder} (${errno})`, {
      cause: error,
    });
  }

  return new TaskError('files.folder-unreadable', `folder ${folder} cannot be read (${errno})`, {
    retryable: true,
    cause: error,
  });
}

/**
 * The absolute path of something to read. Reading is allowed wherever the user may read, so `..` and absolute paths
 * are fine here; relative ones start at the project folder.
 */
export function readPath(projectDir: string, path: string): string {
  if (path.includes('\0')) {
    throw new TaskError('path.control-character', `path ${JSON.stringify(path)} is refused: it holds a NUL`);
  }

  return resolve(projectDir, path);
}
