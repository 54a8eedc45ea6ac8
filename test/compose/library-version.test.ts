// A snapshot is taken by the very code that made it alone. Method: the module is loaded from a copy of the sources.
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { libraryVersion } from '../../src/compose/library-version.ts';

const source = resolve(import.meta.dirname, '../..');

async function copied(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-version-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const part of ['machines', 'events', 'src', 'package.json'])
    await cp(join(source, part), join(folder, part), { recursive: true });
  await symlink(join(source, 'node_modules'), join(folder, 'node_modules'));

  return folder;
}

async function versionIn(folder: string): Promise<string> {
  const file = join(folder, 'src/compose/library-version.ts');
  const loaded = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as {
    readonly libraryVersion: typeof libraryVersion;
  };

  return loaded.libraryVersion();
}

test('the same sources elsewhere have the same version, and what is changed in one that folds has another', async () => {
  const changed = await copied();
  await writeFile(join(changed, 'machines/run/added.ts'), 'export const added = 1;\n');

  expect(await versionIn(await copied())).toBe(libraryVersion());
  expect(await versionIn(changed)).not.toBe(libraryVersion());
});
