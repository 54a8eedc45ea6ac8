// Whether a process is there decides if a server is reused, replaced or killed, so the answer must hold at every
// moment of a process's life, also between its death and its burial. Method: real processes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { isRunning } from '../../src/files/process-here.ts';
import { hasArgument, stopProcess } from '../../src/nats-server/server-process.ts';

test('a process is gone when stopping it has resolved', async () => {
  const pid = await start('sleep', ['60']);

  await stopProcess(pid);

  expect(await isRunning(pid)).toBe(false);
});

test('a process that ignores the polite request is killed', async () => {
  const pid = await start('sh', ['-c', 'trap "" TERM; while :; do sleep 0.05; done']);

  await stopProcess(pid, 200);

  expect(await isRunning(pid)).toBe(false);
});

test.runIf(process.platform === 'linux')('a dead process that nobody buries does not run', async () => {
  // The shell starts a child and becomes a program that never waits for it.
  const script = 'sh -c "echo \\$\\$" & exec sleep 60';
  const parent = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  expect(pid).toBeGreaterThan(0);

  await expect.poll(() => isRunning(pid)).toBe(false);

  expect(() => process.kill(pid, 0)).not.toThrow();
});

test('knows a process by a whole argument, not by a part of one', async () => {
  const pid = await start(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)', 'my-name']);

  expect(await hasArgument(pid, 'my-name')).toBe(true);
  expect(await hasArgument(pid, 'my-nam')).toBe(false);
});

async function start(command: string, args: readonly string[]): Promise<number> {
  const child = spawn(command, args, { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} did not start`);

  return pid;
}
