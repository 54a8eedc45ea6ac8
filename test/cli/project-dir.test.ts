// Which folder is the project. Method: real folders.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findProjectDir } from '../../src/cli/invocation.ts';
import { createProject } from './project.ts';

test('the nearest folder that looks like a project, else where one stands', async () => {
  const { dir } = await createProject({ 'inner/.3ox/x': '', 'inner/deep/er/file': '', 'other/file': '' });
  await mkdir(join(dir, 'inner/deep/er/est'));
  expect(findProjectDir(join(dir, 'inner/deep/er/est'), undefined)).toBe(join(dir, 'inner'));
  expect(findProjectDir(join(dir, 'other'), undefined)).toBe(dir);
  expect(findProjectDir(dir, 'other')).toBe(join(dir, 'other'));
});

test('a folder that was named has to be there', async () => {
  const { dir } = await createProject({ file: '' });
  expect(() => findProjectDir(dir, 'nowhere')).toThrow('--project nowhere: there is no such folder');
  expect(() => findProjectDir(dir, 'file')).toThrow('is a file, not a folder');
});
