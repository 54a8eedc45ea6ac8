// A child sees what it needs and nothing of ours. Method: children that print their environment and their folder,
// with a canary among the variables of this process.
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import type { Json } from '../../events/canonical-json.ts';
import { temporaryProject } from '../files/temporary-project.ts';
import { carryOut, node } from './carry-out.ts';

afterEach(() => vi.unstubAllEnvs());

const printEnv = 'console.log(JSON.stringify(process.env))';

test('the environment holds the allow-list, what the definition sets, and whose attempt it is; no secret of ours', async () => {
  vi.stubEnv('NATS_TOKEN', 'canary-secret');
  vi.stubEnv('NODE_OPTIONS', '--no-warnings');
  vi.stubEnv('LANG', 'de_DE.UTF-8');
  const env = await carryOut({
    command: node(printEnv),
    env: { MODE: 'strict', WORKFLOW_RUN: 'forged', N: 3 },
  });

  expect(env).toMatchObject({
    LANG: 'de_DE.UTF-8',
    PATH: process.env['PATH'],
    MODE: 'strict',
    N: '3',
    WORKFLOW_RUN: 'run-1',
    WORKFLOW_TASK: 'a_task',
    WORKFLOW_ATTEMPT: '1',
    WORKFLOW_KEY: 'run-1/a_task',
    WORKFLOW_ATTEMPT_KEY: 'run-1/a_task/1',
  });
  expect(JSON.stringify(env)).not.toContain('canary-secret');
  expect(env).not.toHaveProperty('NODE_OPTIONS');
});

test.each(['A=B', '', '1A', 'A B'])('refuses %j as the name of a variable', async (name) => {
  await expect(carryOut({ command: ['true'], env: { [name]: 'x' } })).rejects.toMatchObject({
    code: 'command.invalid',
  });
});

test('a command starts in the project folder, or in the folder of it that is named', async () => {
  const project = await temporaryProject({ 'sub/a': '' });
  const attempt = { projectDir: project };
  expect(await carryOut({ command: ['pwd'] }, attempt)).toEqual({ stdout: project });
  expect(await carryOut({ command: ['pwd'], cwd: 'sub' }, attempt)).toEqual({
    stdout: join(project, 'sub'),
  });
});

test('refuses a cwd that is missing, no folder, or outside', async () => {
  const project = await temporaryProject({ 'a.txt': '' });
  await mkdir(join(project, '..', 'outside'));
  await symlink('../outside', join(project, 'out'));
  const inFolder = (cwd: Json) => carryOut({ command: ['pwd'], cwd }, { projectDir: project });
  await expect(inFolder('missing')).rejects.toMatchObject({ code: 'command.no-folder' });
  await expect(inFolder('a.txt')).rejects.toMatchObject({ code: 'command.no-folder' });
  await expect(inFolder(7)).rejects.toMatchObject({ code: 'command.no-folder' });
  await expect(inFolder('..')).rejects.toMatchObject({ code: 'path.outside-project' });
  await expect(inFolder('out')).rejects.toMatchObject({ code: 'path.outside-project' });
  await expect(inFolder('/')).rejects.toMatchObject({ code: 'path.absolute' });
});
