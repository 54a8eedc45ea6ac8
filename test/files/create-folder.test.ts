// A folder is created inside the project or not at all. Method: real folders, among them one behind a link.
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { createFolder } from '../../src/files/anchored-folder.ts';
import { temporaryProject } from './temporary-project.ts';

test('creates a folder with its parents, and leaves one that is there as it is', async () => {
  const projectDir = await temporaryProject({ 'a/b/kept.txt': 'kept' });
  expect(await createFolder({ projectDir, path: './a//b/c/' })).toBe('a/b/c');
  expect(await createFolder({ projectDir, path: 'a/b' })).toBe('a/b');
  expect(await readdir(join(projectDir, 'a/b'))).toEqual(['c', 'kept.txt']);
});

test.each([
  ['../out', 'path.outside-project'],
  ['/tmp/out', 'path.absolute'],
  ['.', 'path.empty'],
  ['a.txt/b', 'file.not-a-file'],
])('refuses %s with %s', async (path, code) => {
  const projectDir = await temporaryProject({ 'a.txt': 'a file' });
  await expect(createFolder({ projectDir, path })).rejects.toMatchObject({ code });
});

test('creates nothing behind a link that leads out of the project', async () => {
  const projectDir = await temporaryProject();
  const outside = join(dirname(projectDir), 'outside');
  await mkdir(outside);
  await writeFile(join(outside, 'theirs.txt'), '');
  await symlink(outside, join(projectDir, 'link'));
  const created = createFolder({ projectDir, path: 'link/mine' });
  await expect(created).rejects.toMatchObject({ code: 'path.outside-project' });
  expect(await readdir(outside)).toEqual(['theirs.txt']);
});
