// The secrets that expressions can name. Method: real files in a project of the test's own, and tables of lines.
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createProjectSecrets } from '../../src/keys/project-secrets.ts';
import { temporaryProject } from '../files/temporary-project.ts';

async function projectWith(text: string, mode = 0o600): Promise<string> {
  const project = await temporaryProject();
  await mkdir(join(project, '.3ox'));
  await writeFile(join(project, '.3ox', 'secrets.env'), text);
  await chmod(join(project, '.3ox', 'secrets.env'), mode);

  return project;
}

test('come from the file and from the environment, which goes first', async () => {
  const project = await projectWith('A=file a\nB=file b\n');
  const env = { WORKFLOW_SECRET_B: 'env b', WORKFLOW_SECRET_C: 'env c', PATH: '/bin' };
  const secrets = createProjectSecrets(project, env);

  expect(['A', 'B', 'C', 'PATH', 'D'].map(secrets.get)).toEqual([
    'file a',
    'env b',
    'env c',
    undefined,
    undefined,
  ]);
  expect(secrets.all()).toEqual(['file a', 'env b', 'env c']);
  expect(secrets.all()).toBe(secrets.all());
});

test('are none without a file, and an empty one is none', async () => {
  const secrets = createProjectSecrets(await temporaryProject(), { WORKFLOW_SECRET_A: '' });
  expect([secrets.get('A'), secrets.get('constructor'), secrets.all()]).toEqual([undefined, undefined, []]);
  const empty = createProjectSecrets(await projectWith('A=\nB=""\n'), {});
  expect([empty.get('A'), empty.get('B'), empty.all()]).toEqual([undefined, undefined, []]);
});

test.each([
  ['A=plain', 'plain'],
  ['  export A = spaced out  ', 'spaced out'],
  ['A=with#hash', 'with#hash'],
  ['A=with # comment', 'with'],
  ['A=a=b=', 'a=b='],
  [`A='single "$x" \\n # kept' # comment`, 'single "$x" \\n # kept'],
  ['A="two\\nlines \\"quoted\\" \\\\ # kept"', 'two\nlines "quoted" \\ # kept'],
  ["A=it's", "it's"],
  ['\ufeffA=marked\r\nB=x\r\n', 'marked'],
  ['# comment\n\nA=after', 'after'],
])('are read from %j', async (text, value) => {
  expect(createProjectSecrets(await projectWith(text), {}).get('A')).toBe(value);
});

test.each([
  ['A: hush', ':1: expected NAME=value'],
  ['A=1\nhush', ':2: expected NAME=value'],
  ['1A=hush', ':1: expected NAME=value'],
  ['A=1\nA=hush', ':2: A is set twice'],
  ['A="hush', ':1: the quotes of A are not closed, or something follows them'],
  ["A='hush' hush", ':1: the quotes of A are not closed, or something follows them'],
])('are refused, without being shown, when the file says %j', async (text, message) => {
  const project = await projectWith(text);

  expect(() => createProjectSecrets(project, {})).toThrow(
    expect.objectContaining({ code: 'secret.bad-file', message: `.3ox/secrets.env${message}` }),
  );
});

test.each([0o640, 0o604, 0o620])('are refused when others can use the file: %o', async (mode) => {
  const project = await projectWith('A=1', mode);

  expect(() => createProjectSecrets(project, {})).toThrow(
    expect.objectContaining({ code: 'secret.exposed' }),
  );
});

test('are refused when the file is a folder', async () => {
  const project = await temporaryProject();
  await mkdir(join(project, '.3ox', 'secrets.env'), { recursive: true });

  expect(() => createProjectSecrets(project, {})).toThrow(
    expect.objectContaining({ code: 'secret.bad-file' }),
  );
});
