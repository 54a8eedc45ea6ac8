// A line of a log is added once for its mark, also by many at the same time, and never glued to a torn line.
import { appendFile, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { appendLineOnce } from '../../src/files/append-line.ts';
import { temporaryProject } from './temporary-project.ts';

test('adds a line once for its mark', async () => {
  const projectDir = await temporaryProject();
  const add = (text: string, mark: string) => appendLineOnce({ projectDir, path: '.3ox/a.log', text, mark });

  expect(await add('one: first', 'one:')).toBe(true);
  expect(await add('one: second', 'one:')).toBe(false);
  expect(await add('two: names one: in its text', 'two:')).toBe(true);
  expect(await add('names one:', 'names')).toBe(true);
  expect(await readFile(join(projectDir, '.3ox/a.log'), 'utf8')).toBe(
    'one: first\ntwo: names one: in its text\nnames one:\n',
  );
});

test('keeps the lines of many writers apart', async () => {
  const projectDir = await temporaryProject();
  const texts = Array.from({ length: 50 }, (_, index) => `${index}:${'x'.repeat(500)}`);
  await Promise.all(texts.map((text) => appendLineOnce({ projectDir, path: 'a.log', text, mark: text })));

  const lines = (await readFile(join(projectDir, 'a.log'), 'utf8')).trimEnd().split('\n');
  expect(lines.sort()).toEqual([...texts].sort());
});

test('closes a line that a crash tore', async () => {
  const projectDir = await temporaryProject();
  await appendFile(join(projectDir, 'a.log'), '{"key":"torn');
  await appendLineOnce({ projectDir, path: 'a.log', text: '{"key":"whole"}', mark: '{"key":"whole"' });
  expect(await readFile(join(projectDir, 'a.log'), 'utf8')).toBe('{"key":"torn\n{"key":"whole"}\n');
});

test('refuses a log that is a link', async () => {
  const projectDir = await temporaryProject({ 'real.log': '' });
  await symlink('real.log', join(projectDir, 'a.log'));
  await expect(appendLineOnce({ projectDir, path: 'a.log', text: 'x', mark: 'x' })).rejects.toMatchObject({
    code: 'file.not-a-file',
  });
});
