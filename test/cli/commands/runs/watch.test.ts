// `workflow watch`: what a run does, live. Method: the command line in a project of its own, over a journal in memory.
import { expect, test } from 'vitest';
import { runCli } from '../../../../src/cli/program/program.ts';
import { all } from '../../definitions.ts';
import { createProject } from '../../project.ts';
import { createTestIo } from '../../test-io.ts';

test('a run that is over is shown from its beginning, with how it ended', async () => {
  const { cli } = await createProject(all);
  await cli('start greeting --who Ada');
  const { exit, out, err } = await cli('watch @last');
  expect(exit).toBe(0);
  expect(err).toContain('greet completed');
  expect(out).toContain('hello Ada');
});

test('a run that waits for a person is watched until it ends, and nothing is said to it', async () => {
  const { app, cli, dir } = await createProject(all);
  await cli('start approval');
  const io = createTestIo({ cwd: dir });
  const watching = runCli(['watch', '@last'], app, io);
  await expect.poll(io.err).toContain('ask needs approval');
  expect((await cli('approve @last')).exit).toBe(0);
  expect(await watching).toBe(0);
  expect(io.err()).toContain('done completed');
});

test('whoever stops watching is told that nothing was changed, and how to watch again', async () => {
  const { app, cli, dir } = await createProject(all);
  await cli('start approval');
  const io = createTestIo({ cwd: dir });
  const watching = runCli(['watch', '@last'], app, io);
  await expect.poll(io.err).toContain('ask needs approval');
  io.interrupt();
  expect(await watching).toBe(130);
  expect(io.err()).toMatch(/nothing was changed. Watch it again with\n {2}workflow watch \w+\n/);
  expect((await cli('status @last')).out).toContain('needs approval');
});

test('without a run, all that runs do is told', async () => {
  const { app, cli, dir } = await createProject(all);
  const io = createTestIo({ cwd: dir });
  const watching = runCli(['watch'], app, io);
  await expect.poll(io.err).toContain('0 runs so far');
  await cli('start greeting --who Ada');
  await expect.poll(io.out).toContain('greet completed');
  io.interrupt();
  expect(await watching).toBe(0);
});
