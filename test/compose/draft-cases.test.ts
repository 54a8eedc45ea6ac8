// The cases of a draft are those of the files beside it. Method: a project with cases for several definitions; the
// draft itself need not be written.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { draftCases } from '../../src/compose/definition-tests.ts';

const text = 'workflow: {id: orders, version: 1, tasks: [{id: a, type: NOOP}]}\n';
const casesOf = (name: string, more = '') =>
  `test:${more}\n  cases:\n    - {name: ${name}, expect: {status: COMPLETED}}\n`;

async function project(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'draft-cases-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  for (const [file, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, file)), { recursive: true });
    await writeFile(join(dir, file), content);
  }

  return dir;
}

test('a draft has the cases that are called like its file, or that name it, and no others', async () => {
  const dir = await project({
    'definitions/orders.test.yaml': casesOf('plain'),
    'definitions/more.test.yaml': casesOf('named', '\n  definition: orders.yaml'),
    'definitions/other.test.yaml': 'no cases at all',
    'orders.test.yaml': casesOf('elsewhere'),
  });
  const found = await draftCases(dir, { file: 'definitions/orders.yaml', text });

  expect(found.map(({ file, cases }) => [file, cases.map(({ name }) => name)])).toEqual([
    ['definitions/more.test.yaml', ['named']],
    ['definitions/orders.test.yaml', ['plain']],
  ]);
});

test('nothing is looked for outside of the project, or where there is no folder', async () => {
  const dir = await project({ 'orders.test.yaml': casesOf('outside'), 'inside/x.txt': '' });
  for (const file of ['../orders.yaml', join(dir, 'orders.yaml'), 'none/orders.yaml', 'draft.yaml'])
    expect(await draftCases(join(dir, 'inside'), { file, text })).toEqual([]);
});

test('cases that are wrong, or name what the draft does not have, are told with their places', async () => {
  const dir = await project({
    'a.test.yaml': `${casesOf('one')}      resultz: {}\n`,
    'b.test.yaml': casesOf('two'),
  });
  await expect(draftCases(dir, { file: 'a.yaml', text })).rejects.toMatchObject({ code: 'cases.invalid' });
  await writeFile(
    join(dir, 'b.test.yaml'),
    'test: {cases: [{name: two, expect: {tasks: {b: COMPLETED}}}]}\n',
  );
  await expect(draftCases(dir, { file: 'b.yaml', text })).rejects.toMatchObject({
    code: 'cases.invalid',
    problems: [{ file: 'b.test.yaml', line: 1 }],
  });
});
