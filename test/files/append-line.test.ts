// A line of a log is added once for its mark, also by many at the same time, and never glued to a torn line.
import { appendFile, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { appendLinesOnce } from '../../src/files/append-line.ts';
import { temporaryProject } from './temporary-project.ts';

test('adds a line once for its mark', async () => {
  const projectDir = await temporaryProject();
  const add = (text: string, mark: string) =>
    appendLinesOnce({ projectDir, path: '.3ox/a.log', lines: [{ text, mark }] });

  expect(await add('one: first', 'one:')).toBe(1);
  expect(await add('one: second', 'one:')).toBe(0);
  expect(await add('two: names one: in its text', 'two:')).toBe(1);
  expect(await add('names one:', 'names')).toBe(1);
  expect(await readFile(join(projectDir, '.3ox/a.log'), 'utf8')).toBe(
    'one: first\ntwo: names one: in its text\nnames one:\n',
  );
});

test('keeps the lines of many writers apart', async () => {
  const projectDir = await temporaryProject();
  const texts = Array.from({ length: 50 }, (_, index) => `${index}:${'x'.repeat(500)}`);
  await Promise.all(
    texts.map((text) => appendLinesOnce({ projectDir, path: 'a.log', lines: [{ text, mark: text }] })),
  );

  const lines = (await readFile(join(projectDir, 'a.log'), 'utf8')).trimEnd().split('\n');
  expect(lines.sort()).toEqual([...texts].sort());
});

test('closes a line that a crash tore', async () => {
  const projectDir = await temporaryProject();
  await appendFile(join(projectDir, 'a.log'), '{"key":"torn');
  const whole = { text: '{"key":"whole"}', mark: '{"key":"whole"' };
  await appendLinesOnce({ projectDir, path: 'a.log', lines: [whole] });
  expect(await readFile(join(projectDir, 'a.log'), 'utf8')).toBe('{"key":"torn\n{"key":"whole"}\n');
});

test('refuses a log that is a link', async () => {
  const projectDir = await temporaryProject({ 'real.log': '' });
  await symlink('real.log', join(projectDir, 'a.log'));
  await expect(
    appendLinesOnce({ projectDir, path: 'a.log', lines: [{ text: 'x', mark: 'x' }] }),
  ).rejects.toMatchObject({
    code: 'file.not-a-file',
  });
});

test('a torn line is written again as a whole, and of many lines those that are missing', async () => {
  const projectDir = await temporaryProject();
  const lines = ['1 one', '2 two', '3 three'].map((text) => ({ text, mark: text.slice(0, 2) }));
  await appendFile(join(projectDir, 'a.log'), '2 two\n1 o');

  expect(await appendLinesOnce({ projectDir, path: 'a.log', lines })).toBe(2);
  expect(await appendLinesOnce({ projectDir, path: 'a.log', lines })).toBe(0);
  expect(await readFile(join(projectDir, 'a.log'), 'utf8')).toBe('2 two\n1 o\n1 one\n3 three\n');
});
