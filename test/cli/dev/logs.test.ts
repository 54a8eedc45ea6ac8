// `workflow logs` tells what was said and done in a run; with --follow while it goes on. Method: the command line over
// an engine in memory, with commands that print.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../../../src/cli/program/program.ts';
import { createProject } from '../project.ts';
import { createTestIo } from '../test-io.ts';

const talks = `workflow:
  id: talks
  version: 1
  tasks:
    - {id: first, run: {shell: sh, command: ['echo one >&2; echo {}']}}
    - {id: last, depends_on: first, timeout: 1m, run: {shell: sh, command: ['while [ ! -e go ]; do sleep 0.05; done; echo two >&2']}}
`;

test('the second argument is the task, as --task is', async () => {
  const { dir, cli } = await createProject({ 'talks.yaml': talks });
  await writeFile(join(dir, 'go'), '');
  await cli('start talks.yaml');
  const { exit, out } = await cli('logs @last last');
  expect([exit, out]).toEqual([0, (await cli('logs @last --task last')).out]);
  expect(out).toMatch(/stderr +two/);
  expect(out).not.toContain('first');
});

test('--follow tells what is there, goes on with what comes, and ends with the run', async () => {
  const { dir, app, cli } = await createProject({ 'talks.yaml': talks });
  const running = cli('start talks.yaml');
  await expect.poll(async () => (await cli('list')).out, { timeout: 20_000 }).toContain('talks');
  const io = createTestIo({ cwd: dir });
  const following = runCli(['logs', '@last', '--follow'], app, io);
  await expect.poll(() => io.out(), { timeout: 20_000 }).toMatch(/first {2}stderr {2}one/);
  expect(io.out()).not.toContain('two');

  await writeFile(join(dir, 'go'), '');
  expect([await following, (await running).exit]).toEqual([0, 0]);
  expect(io.out()).toMatch(/last {2}task completed\n.*last {2}stderr {2}two\n$/);
  expect(io.out().match(/stderr {2}one/g)).toHaveLength(1);
});

test('--follow ends by Ctrl-C, and the run goes on', async () => {
  const { dir, app, cli } = await createProject({ 'talks.yaml': talks });
  const running = cli('start talks.yaml');
  await expect.poll(async () => (await cli('list')).out, { timeout: 20_000 }).toContain('talks');
  const io = createTestIo({ cwd: dir });
  const following = runCli(['logs', '@last', '-f'], app, io);
  await expect.poll(() => io.out(), { timeout: 20_000 }).toContain('run started');
  io.interrupt();
  expect(await following).toBe(130);

  await writeFile(join(dir, 'go'), '');
  expect((await running).exit).toBe(0);
});
