// However an attempt ends, nothing that its command started goes on. Method: real trees of processes, with members that
// ignore SIGTERM or outlive their parent; each writes its pid, and afterwards none of them may be alive.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createCommandHandler } from '../../src/subprocess/command-handler.ts';
import { temporaryProject } from '../files/temporary-project.ts';
import { testAttempt } from '../support/attempt.ts';

/** Each process of a tree writes a file named by its pid when it is ready. */
const ready = 'touch pids/$$';
const stubborn = `trap "" TERM; ${ready}; while :; do sleep 1; done`;
const patient = `${ready}; sleep 1000`;

type Tree = { readonly script: string; readonly pids: number; readonly timeoutMs?: number };

/** Starts a script, and once all its processes are ready lets `then` decide; resolves with the failure and the pids. */
async function runTree({ script, pids, timeoutMs }: Tree) {
  const projectDir = await temporaryProject({ 'pids/.keep': '' });
  const controller = new AbortController();
  const run = {
    command: [script],
    shell: 'sh',
    env: { PATIENT: patient },
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  } as const;
  const handler = createCommandHandler(run, { graceMs: 300 });
  const settled = handler(testAttempt({ projectDir, signal: controller.signal })).catch(
    (error: unknown) => error,
  );
  const started = await waitForPids(join(projectDir, 'pids'), pids);

  return { settled, started, abort: () => controller.abort() };
}

async function waitForPids(folder: string, count: number): Promise<number[]> {
  for (;;) {
    const pids = (await readdir(folder)).filter((name) => name !== '.keep').map(Number);
    if (pids.length >= count) return pids;
    await delay(10);
  }
}

/** A process that has ended but was not collected yet still has a pid, and does nothing any more. */
async function isAlive(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');

  return status !== '' && !/\) Z/.test(status);
}

async function alive(pids: readonly number[]): Promise<readonly number[]> {
  const states = await Promise.all(pids.map(isAlive));

  return pids.filter((_, index) => states[index]);
}

test.each([
  ['a command that goes at once', { script: patient, pids: 1 }],
  ['a command that ignores SIGTERM', { script: stubborn, pids: 1 }],
  [
    'children and grandchildren',
    { script: `sh -c 'sh -c "$PATIENT" & eval "$PATIENT"' & ${patient}`, pids: 3 },
  ],
  [
    'a grandchild that ignores SIGTERM while its parents go',
    { script: `sh -c '${stubborn}' & ${patient}`, pids: 2 },
  ],
])('ends %s when the attempt is aborted', async (_, tree) => {
  const { settled, started, abort } = await runTree(tree);
  expect(await alive(started)).toEqual(started);
  abort();

  expect(await settled).toMatchObject({ code: 'command.cancelled', retryable: true });
  expect(await alive(started)).toEqual([]);
});

test('ends the tree when the command takes too long, and says after how long', async () => {
  const { settled, started } = await runTree({
    script: `sh -c '${stubborn}' & ${stubborn}`,
    pids: 2,
    timeoutMs: 3000,
  });

  expect(await settled).toMatchObject({
    code: 'command.timeout',
    retryable: true,
    message: 'sh was ended after 3000 ms',
  });
  expect(await alive(started)).toEqual([]);
});

test('ends what a command left running in the background, and keeps its result', async () => {
  const script = `sh -c '${stubborn}' & while [ "$(ls pids | wc -l)" -lt 1 ]; do sleep 0.01; done; echo '{"done":true}'`;
  const { settled, started } = await runTree({ script, pids: 1 });

  expect(await settled).toEqual({ done: true });
  expect(await alive(started)).toEqual([]);
});

test('is not kept waiting by a process that left the group with the output open', async () => {
  const { settled, started } = await runTree({
    script: `setsid sh -c '${patient}' & sleep 0.2; echo ok`,
    pids: 1,
  });

  expect(await settled).toEqual({ stdout: 'ok' });
  for (const pid of started) process.kill(-pid, 'SIGKILL');
});
