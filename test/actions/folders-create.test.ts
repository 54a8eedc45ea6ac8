// The folders of a new station are there after the action, however often it is carried out, and nowhere else than in
// the project. Method: a real project folder.
import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { Json } from '../../events/canonical-json.ts';
import { foldersCreate } from '../../src/actions/folders-create.ts';
import { temporaryProject } from '../files/temporary-project.ts';
import { testAttempt } from '../support/attempt.ts';

const create = (projectDir: string, input: Json) => foldersCreate(testAttempt({ projectDir, input }));

test('creates a folder and folders in it, and the same once more changes nothing', async () => {
  const projectDir = await temporaryProject();
  const input = { folder: './nova', subfolders: ['1N.3OX', 'agents/bridge'] };
  const created = { folder: 'nova', folders: ['nova', 'nova/1N.3OX', 'nova/agents/bridge'] };
  expect(await create(projectDir, input)).toEqual(created);
  expect(await create(projectDir, input)).toEqual(created);
  expect((await readdir(projectDir, { recursive: true })).sort()).toEqual([
    'nova',
    'nova/1N.3OX',
    'nova/agents',
    'nova/agents/bridge',
  ]);
});

test.each([
  [{ folder: '../nova' }, 'path.outside-project'],
  [{ folder: 'nova', subfolders: ['../../x'] }, 'path.outside-project'],
  [{ folder: '' }, 'action.invalid-input'],
  [{ folder: 'file.txt' }, 'file.not-a-file'],
])('refuses %j with %s', async (input, code) => {
  const projectDir = await temporaryProject({ 'file.txt': '' });
  await expect(create(projectDir, input)).rejects.toMatchObject({
    name: 'TaskError',
    code,
    retryable: false,
  });
});
