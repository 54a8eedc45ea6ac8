// `workflow worker`: what was typed is what the worker is made of. Method: an app that keeps what it was asked for.
import { expect, test } from 'vitest';
import type { WorkOptions } from '../../../../src/cli/app.ts';
import { runCli } from '../../../../src/cli/program/program.ts';
import { createMemoryApp } from '../../memory-app.ts';
import { createTestIo } from '../../test-io.ts';

async function cli(line: string) {
  const asked: WorkOptions[] = [];
  const io = createTestIo();
  const app = {
    ...createMemoryApp(),
    work: (options: WorkOptions) => {
      asked.push(options);
      // Works until it is interrupted.
      return new Promise<void>((resolve) => {
        options.signal.addEventListener('abort', () => resolve());
        setImmediate(io.interrupt);
      });
    },
  };
  const exit = await runCli(line.split(' '), app, io);

  return { exit, asked: asked[0], err: io.err() };
}

test('runs the command after -- for the agent, with what was said of it, until it is interrupted', async () => {
  const line =
    'worker CMD.BRIDGE --skill paint --skill sing --capacity 4 --level L2 --department art --drain 1m';
  const { exit, asked, err } = await cli(`${line} -- python3 paint.py --skill none`);

  expect(exit).toBe(0);
  expect(asked).toMatchObject({
    agent: 'CMD.BRIDGE',
    command: ['python3', 'paint.py', '--skill', 'none'],
    skills: ['paint', 'sing'],
    ...{ capacity: 4, level: 'L2', department: 'art', drainMs: 60_000, cwd: process.cwd() },
  });
  expect(err).toContain('what is under way may take 1m to end');
});

test('takes one item at a time, and claims no level, where nothing is said', async () => {
  const { asked } = await cli('worker PAINTER -- sh paint.sh');

  expect(asked).toMatchObject({ skills: [], capacity: 1, drainMs: 10_000 });
  expect(asked).not.toHaveProperty('level');
});

test.each([
  ['worker PAINTER', 'usage.command-line'],
  ['worker PAINTER --capacity 0 -- sh', 'usage.capacity'],
  ['worker PAINTER --capacity 1.5 -- sh', 'usage.capacity'],
  ['worker PAINTER --capacity 10001 -- sh', 'usage.capacity'],
  ['worker PAINTER --drain soon -- sh', 'usage.drain'],
  ['worker PAINTER --level L4 -- sh', 'usage.command-line'],
])('refuses `%s` with %s, and takes nothing', async (line, code) => {
  const { exit, asked, err } = await cli(line);

  expect({ exit, asked }).toEqual({ exit: 2, asked: undefined });
  expect(err).toContain(`[${code}]`);
});
