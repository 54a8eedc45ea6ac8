import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';

/** Whether the program can be started from a folder: a path, or a name that is looked up in `PATH`. */
export async function canStart(program: string, cwd: string): Promise<boolean> {
  // Windows has more rules than are worth repeating: there the first attempt tells.
  if (process.platform === 'win32') return true;
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const paths =
    isAbsolute(program) || program.includes('/')
      ? [resolve(cwd, program)]
      : folders.map((folder) => join(resolve(cwd, folder), program));
  for (const path of paths) if (await isProgram(path)) return true;

  return false;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);

    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
