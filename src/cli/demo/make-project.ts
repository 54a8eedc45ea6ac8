import { cp, mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { shippedPath } from '../../files/package-path.ts';
import { CliFailure } from '../cli-failure.ts';

/** Makes a project for a demo in a folder that is empty or not there yet. `shown` is how messages call it. */
export async function makeDemoProject(
  folder: string,
  { shown, definitions }: { readonly shown: string; readonly definitions: readonly string[] },
): Promise<void> {
  const found = await readdir(folder).catch((error: unknown) => unlessAbsent(error, shown));
  if (found !== undefined && found.length > 0) {
    throw new CliFailure(
      'usage.into',
      `${shown} is not empty; nothing was changed in it`,
      'name another folder with --into, or delete it',
    );
  }
  // Beside the folder, or in it where it is there: it may be where the shell stands, or where a disk is mounted.
  const name = `.making-${process.pid}`;
  const making = found === undefined ? `${folder}${name}` : join(folder, name);
  try {
    await fill(making, definitions);
    if (found === undefined) await rename(making, folder);
    else await moveUp(making, folder);
  } catch (error) {
    await rm(making, { recursive: true, force: true }).catch(() => undefined);
    throw new CliFailure(
      'usage.into',
      `${shown} could not be made (${codeOf(error)}); nothing was left behind`,
      'see that there is room and that you may write there, or name another folder with --into',
    );
  }
}

async function fill(folder: string, definitions: readonly string[]): Promise<void> {
  await mkdir(join(folder, 'definitions'), { recursive: true });
  await cp(shippedPath('examples/demo/project'), folder, { recursive: true });
  for (const name of definitions) {
    await cp(shippedPath(`definitions/${name}`), join(folder, 'definitions', name));
  }
}

async function moveUp(from: string, folder: string): Promise<void> {
  for (const name of await readdir(from)) await rename(join(from, name), join(folder, name));
  await rmdir(from);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

function unlessAbsent(error: unknown, shown: string): undefined {
  const code = codeOf(error);
  if (code === 'ENOENT') return undefined;

  throw new CliFailure(
    'usage.into',
    code === 'ENOTDIR' ? `${shown} is no folder` : `${shown} cannot be used (${code})`,
    'name another folder with --into',
  );
}
