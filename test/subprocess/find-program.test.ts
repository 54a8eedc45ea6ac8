// Whether a program can be started. Method: programs of this machine and files in a folder of their own.
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { canStart } from '../../src/subprocess/find-program.ts';

test('a program is looked up in PATH, or as a path from its folder; files that nobody may run are none', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-program-'));
  const own = join(folder, 'own');
  await writeFile(own, '#!/bin/sh\n');
  await chmod(own, 0o755);
  await writeFile(join(folder, 'notes'), 'text');
  await mkdir(join(folder, 'folder'));

  const seen = await Promise.all(
    ['sh', './own', own, 'own', 'nosuchcommand', './notes', './folder', ''].map((each) =>
      canStart(each, folder),
    ),
  );
  expect(seen).toEqual([true, true, true, false, false, false, false, false]);
  await rm(folder, { recursive: true, force: true });
});
