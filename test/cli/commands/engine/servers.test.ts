// `workflow servers --stop`: every server that can be stopped is, and of the others it is said why they were not.
import { expect, test } from 'vitest';
import type { CliApp } from '../../../../src/cli/app.ts';
import { runCli } from '../../../../src/cli/program/program.ts';
import { createMemoryApp } from '../../memory-app.ts';
import { createTestIo } from '../../test-io.ts';

const running = ['/a', '/b', '/c'].map((projectDir, at) => ({ projectDir, pid: 11 + at }));

async function stopThem(down: CliApp['down'], ...flags: readonly string[]) {
  const io = createTestIo({});
  const app = { ...createMemoryApp(), servers: async () => running, down };
  const exit = await runCli(['servers', '--stop', ...flags], app, io);

  return { exit, out: io.out(), err: io.err() };
}

test('each is stopped as the process that was listed, and that is what is counted', async () => {
  const asked: unknown[] = [];
  const { exit, err } = await stopThem(async (...which) => {
    asked.push(which);
    return 'stopped';
  });

  expect(asked).toEqual(running.map(({ projectDir, pid }) => [projectDir, pid]));
  expect(err).toContain('3 stopped; their journals stay');
  expect(exit).toBe(0);
});

test('one that cannot be stopped keeps no other, is not counted, and is named with the reason', async () => {
  const down: CliApp['down'] = async (projectDir) => {
    if (projectDir === '/a') throw new Error('another machine has it');
    return projectDir === '/b' ? 'not-running' : 'stopped';
  };
  const { exit, err } = await stopThem(down);
  const { out } = await stopThem(down, '--json');

  expect(err).toContain('1 stopped; their journals stay');
  expect(err).toContain('not stopped: /a, process 11: another machine has it');
  expect(err).toContain('not stopped: /b, process 12: it had ended before');
  expect(exit).toBe(1);
  expect(JSON.parse(out)).toMatchObject({ stopped: false, left: [{ pid: 11 }, { pid: 12 }] });
});
