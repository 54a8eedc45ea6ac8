import { resolve } from 'node:path';
import { TaskError } from '../ports/work/handler.ts';

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
