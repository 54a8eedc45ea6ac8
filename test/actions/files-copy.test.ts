// What is copied is what is there, byte for byte, and it stays in the project. Method: real folders, read back.
import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import type { Json } from '../../events/canonical-json.ts';
import { filesCopy } from '../../src/actions/files-copy.ts';
import { temporaryProject, withoutPrivileges } from '../files/temporary-project.ts';
import { testAttempt } from '../support/attempt.ts';

const copy = (projectDir: string, input: Json, signal = new AbortController().signal) =>
  filesCopy(testAttempt({ projectDir, input, signal }));
const below = async (folder: string) => (await readdir(folder, { recursive: true })).sort();

test('copies what fits, byte for byte, and says what it wrote', async () => {
  const projectDir = await temporaryProject({ 'from/sub/b.md': 'b', 'from/c.txt': 'c' });
  const bytes = randomBytes(700_000);
  await writeFile(join(projectDir, 'from/a.md'), bytes);
  expect(await copy(projectDir, { from: 'from', to: 'to', files: ['*.md'] })).toEqual({
    from: 'from',
    to: 'to',
    total_files: 2,
    total_bytes: 700_001,
    files: [
      { path: 'to/a.md', sha256: createHash('sha256').update(bytes).digest('hex') },
      { path: 'to/sub/b.md', sha256: createHash('sha256').update('b').digest('hex') },
    ],
  });
  expect(bytes.equals(await readFile(join(projectDir, 'to/a.md')))).toBe(true);
  expect(await below(join(projectDir, 'to'))).toEqual(['a.md', 'sub', 'sub/b.md']);
});

test('replaces files of the same name, removes nothing, and follows no link', async () => {
  const projectDir = await temporaryProject({
    'from/a.txt': 'new',
    'to/a.txt': 'old',
    'to/kept.txt': 'kept',
  });
  await symlink('a.txt', join(projectDir, 'from/link.txt'));
  expect(await copy(projectDir, { from: 'from', to: 'to' })).toMatchObject({ total_files: 1 });
  expect(await readFile(join(projectDir, 'to/a.txt'), 'utf8')).toBe('new');
  expect(await below(join(projectDir, 'to'))).toEqual(['a.txt', 'kept.txt']);
});

test('ends when a folder is copied into itself', async () => {
  const projectDir = await temporaryProject({ 'a.txt': 'a', 'sub/b.txt': 'b' });
  expect(await copy(projectDir, { from: '.', to: 'sub' })).toMatchObject({ total_files: 2 });
  expect(await below(join(projectDir, 'sub'))).toEqual(['a.txt', 'b.txt', 'sub', 'sub/b.txt']);
});

test('reads from outside of the project, and writes nothing there', async () => {
  const projectDir = await temporaryProject();
  const outside = join(dirname(projectDir), 'outside');
  await mkdir(outside);
  await writeFile(join(outside, 'a.txt'), 'a');
  expect(await copy(projectDir, { from: '../outside', to: '.' })).toMatchObject({
    files: [{ path: 'a.txt' }],
  });
  await symlink(outside, join(projectDir, 'link'));
  const refused = copy(projectDir, { from: '../outside', to: 'link' });
  await expect(refused).rejects.toMatchObject({ code: 'path.outside-project' });
});

test.each([
  [{ from: 'nowhere', to: 'to' }, 'files.folder-not-found', false],
  [{ from: 'from', to: '../to' }, 'path.outside-project', false],
  [{ from: 'from', to: 'to', files: ['../*'] }, 'action.invalid-input', false],
  [{ from: 'from', to: 'from/a.txt' }, 'file.not-a-file', false],
])('refuses %j with %s', async (input, code, retryable) => {
  const projectDir = await temporaryProject({ 'from/a.txt': 'a' });
  await expect(copy(projectDir, input)).rejects.toMatchObject({ name: 'TaskError', code, retryable });
});

test('a file that cannot be read may be readable later, and nothing stands in its place', async () => {
  const projectDir = await temporaryProject({ 'from/a.txt': 'a' });
  await mkdir(join(projectDir, 'to'));
  await chmod(join(projectDir, 'to'), 0o777);
  await chmod(join(projectDir, 'from/a.txt'), 0);
  const copied = withoutPrivileges(() => copy(projectDir, { from: 'from', to: 'to' }));
  await expect(copied).rejects.toMatchObject({ code: 'files.unreadable', retryable: true });
  expect(await below(join(projectDir, 'to'))).toEqual([]);
});

test('ends when the attempt is aborted', async () => {
  const projectDir = await temporaryProject({ 'from/a.txt': 'a' });
  const aborted = AbortSignal.abort(new Error('the attempt was cancelled'));
  await expect(copy(projectDir, { from: 'from', to: 'to' }, aborted)).rejects.toThrow('was cancelled');
});
