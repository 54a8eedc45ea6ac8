// Whoever kills a process takes its commands along, with all that they started. Method: a real process carries commands
// out and is killed with SIGKILL, which leaves it no time for anything; each process writes its pid. That they are gone
// within two seconds is the promise, so it is a bound here.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { RunCommand } from '../../machines/task.ts';
import { temporaryProject } from '../files/temporary-project.ts';

// Each starts Node with a compiler, which a busy machine takes its time for.
vi.setConfig({ testTimeout: 120_000 });

const isLinux = process.platform === 'linux';
/** Alone they are gone after half a second; a loaded machine takes its time. */
const goneWithinMs = 15_000;

/** Each process writes a file named by its pid when it is ready. */
const patient = 'touch pids/$$; while :; do sleep 1; done';
const stubborn = `trap "" TERM; ${patient}`;

type Killable = { readonly engine: ChildProcess; readonly pids: readonly number[] };

async function startEngine(script: string, count: number): Promise<Killable> {
  const projectDir = await temporaryProject({ 'pids/.keep': '' });
  const run: RunCommand = { command: [script], shell: 'sh', env: {} };
  const typescript = new URL('../support/typescript.mjs', import.meta.url).href;
  const main = new URL('carry-out-main.ts', import.meta.url).pathname;
  const engine = spawn(process.execPath, ['--import', typescript, main, projectDir, JSON.stringify(run)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  onTestFinished(() => void engine.kill('SIGKILL'));
  const folder = join(projectDir, 'pids');
  const read = async () => (await readdir(folder)).filter((name) => name !== '.keep').map(Number);
  await expect.poll(read, { timeout: 60_000 }).toHaveLength(count);
  // Its command is noted after it was told to the watchdog.
  await expect.poll(() => readdir(join(projectDir, '.3ox/commands')), { timeout: 60_000 }).toHaveLength(1);
  const pids = await read();
  onTestFinished(() => pids.forEach(killIfThere));

  return { engine, pids };
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone, as it should be.
  }
}

async function kill9(engine: ChildProcess): Promise<void> {
  const exited = once(engine, 'exit');
  engine.kill('SIGKILL');
  await exited;
}

/** A process that has ended but was not collected yet still has a pid, and does nothing any more. */
async function alive(pids: readonly number[]): Promise<readonly number[]> {
  const states = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));

  return pids.filter((_, index) => /\) [^Z]/.test(states[index] ?? ''));
}

/** The watchdog of a process: its child by that name. */
async function watchdogOf({ pid = 0 }: ChildProcess): Promise<number | undefined> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ');
  for (const child of children) {
    const line = await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '');
    if (line.includes('workflow-watchdog')) return Number(child);
  }

  return undefined;
}

test.skipIf(!isLinux).each([
  ['a command', patient, 1],
  ['a command and its child that ignores SIGTERM', `sh -c '${stubborn}' & ${stubborn}`, 2],
  ['what a command that is gone has left behind', `(sh -c '${stubborn}' &) ; ${patient}`, 2],
])('%s ends within two seconds of the process that is killed', async (_, script, count) => {
  const { engine, pids } = await startEngine(script, count);
  expect(await alive(pids)).toEqual(pids);
  await kill9(engine);

  await expect.poll(() => alive(pids), { timeout: goneWithinMs }).toEqual([]);
});

test.skipIf(!isLinux)('what belongs to others goes on, and so does what left the group', async () => {
  const bystander = spawn('sleep', ['1000'], { detached: true });
  onTestFinished(() => void bystander.kill('SIGKILL'));
  const other = await startEngine(patient, 1);
  const { engine, pids } = await startEngine(`setsid sh -c '${patient}' & ${patient}`, 2);
  const sessions = await Promise.all(pids.map((pid) => sessionOf(pid)));
  await kill9(engine);

  const daemon = pids.filter((pid, index) => sessions[index] === pid && pid !== Math.min(...pids));
  await expect.poll(() => alive(pids), { timeout: goneWithinMs }).toEqual(daemon);
  expect(await alive([...other.pids, bystander.pid ?? 0])).toEqual([...other.pids, bystander.pid]);
});

/** Field 6 of the line: the session, which is the leader's pid. */
async function sessionOf(pid: number): Promise<number> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8');

  return Number(line.slice(line.lastIndexOf(')') + 2).split(' ')[3]);
}

test.skipIf(!isLinux)('a watchdog that was killed is there again, and knows the commands', async () => {
  const { engine, pids } = await startEngine(stubborn, 1);
  // One that ends at once is not started again.
  const startedMs = performance.now();
  await expect.poll(() => performance.now() - startedMs, { timeout: 5_000 }).toBeGreaterThan(1_100);
  const first = (await watchdogOf(engine)) ?? 0;
  process.kill(first, 'SIGKILL');
  await expect
    .poll(() => watchdogOf(engine), { timeout: 60_000 })
    .toSatisfy((pid) => pid !== undefined && pid !== first);
  await kill9(engine);

  await expect.poll(() => alive(pids), { timeout: goneWithinMs }).toEqual([]);
});

test.skipIf(!isLinux)('the watchdog goes with the process that it serves', async () => {
  const { engine } = await startEngine(patient, 1);
  const watchdog = (await watchdogOf(engine)) ?? 0;
  expect(await alive([watchdog])).toEqual([watchdog]);
  await kill9(engine);

  await expect.poll(() => alive([watchdog]), { timeout: goneWithinMs }).toEqual([]);
});
