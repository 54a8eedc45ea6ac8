import { copyFile, cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CliFailure } from '../cli-failure.ts';
import { shippedPath } from '../package-path.ts';

/** Makes a project for a demo in a folder that is empty or not there yet. `shown` is how messages call it. */
export async function makeDemoProject(
  folder: string,
  { shown, definitions }: { readonly shown: string; readonly definitions: readonly string[] },
): Promise<void> {
  const found = await readdir(folder).catch((error: unknown) => unlessAbsent(error, shown));
  if (found.length > 0) {
    throw new CliFailure(
      'usage.into',
      `${shown} is not empty; nothing was changed in it`,
      'name another folder with --into, or delete it',
    );
  }
  await mkdir(join(folder, 'definitions'), { recursive: true });
  await cp(shippedPath('examples/demo/project'), folder, { recursive: true });
  for (const name of definitions) {
    await copyFile(shippedPath(`definitions/${name}`), join(folder, 'definitions', name));
  }
}

function unlessAbsent(error: unknown, shown: string): readonly string[] {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return [];

  throw new CliFailure(
    'usage.into',
    code === 'ENOTDIR' ? `${shown} is no folder` : `${shown} cannot be used (${String(code ?? error)})`,
    'name another folder with --into',
  );
}
