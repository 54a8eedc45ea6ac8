// Between the check of a path and its use, someone may put a link in a folder's place. Method: one loop swaps a folder
// for a link to the outside as fast as it can, another writes to that folder, and the outside must stay empty.
import { mkdir, readdir, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeAtomically } from '../../src/files/write-atomically.ts';
import { temporaryProject } from './temporary-project.ts';

test('never writes outside while a folder on the path is swapped for a link', async () => {
  const projectDir = await temporaryProject();
  const outside = join(projectDir, '..', 'outside');
  await mkdir(outside);
  await symlink(outside, join(projectDir, 'link'));
  const swapping = swapUntil(projectDir);
  for (let count = 0; count < 1000; count += 1) {
    await writeAtomically({ projectDir, path: 'folder/deep/a.txt', text: String(count) }).catch(
      () => undefined,
    );
  }
  expect(await swapping.stop()).toBeGreaterThan(100);

  expect(await readdir(outside)).toEqual([]);
});

/** Swaps `folder` between a real folder and a link to the outside, until told to stop. Resolves with the swaps made. */
function swapUntil(projectDir: string) {
  const [folder, aside, out] = ['folder', 'aside', 'link'].map((name) => join(projectDir, name)) as [
    string,
    string,
    string,
  ];
  let stopped = false;
  let swaps = 0;
  const swapping = (async () => {
    while (!stopped) {
      await mkdir(folder, { recursive: true }).catch(() => undefined);
      await rename(folder, aside).catch(() => undefined);
      await rename(out, folder).catch(() => undefined);
      await rename(folder, out).catch(() => undefined);
      await rm(aside, { recursive: true, force: true }).catch(() => undefined);
      swaps += 1;
    }
  })();

  return {
    stop: async () => {
      stopped = true;
      await swapping;
      return swaps;
    },
  };
}
