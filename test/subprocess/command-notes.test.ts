// A command that outlives its killed engine never runs beside its next attempt. Method: a real process carries a
// command out and is killed; the command is then carried out again here, and says whether the first still runs.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { RunCommand } from '../../machines/task.ts';
import { processStart } from '../../src/subprocess/command-notes.ts';
import { temporaryProject } from '../files/temporary-project.ts';
import { carryOut } from './carry-out.ts';

/** The first to run writes its pid and holds; the next says whether the first is running (a zombie is not). */
const script = `
  if [ -e began ]; then
    if grep -q ') [^Z] ' "/proc/$(cat began)/stat" 2>/dev/null; then echo beside; else echo alone; fi
  else
    echo $$ > began.part; mv began.part began; exec sleep 1000
  fi`;
const run: RunCommand = { command: [script], shell: 'sh', env: {} };
const notes = '.3ox/commands';
const note = `${notes}/run-1.a_task.1.json`;

async function killedEngine(projectDir: string): Promise<number> {
  const typescript = new URL('../support/typescript.mjs', import.meta.url).href;
  const main = new URL('carry-out-main.ts', import.meta.url).pathname;
  const engine: ChildProcess = spawn(
    process.execPath,
    ['--import', typescript, main, projectDir, JSON.stringify(run)],
    { stdio: 'inherit' },
  );
  for (const path of ['began', note]) await appears(join(projectDir, path));
  const pid = Number(await readFile(join(projectDir, 'began'), 'utf8'));
  onTestFinished(() => endGroup(pid));
  const exited = once(engine, 'exit');
  engine.kill('SIGKILL');
  await exited;

  return pid;
}

async function appears(path: string): Promise<void> {
  while (
    !(await access(path).then(
      () => true,
      () => false,
    ))
  ) {
    await delay(10);
  }
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It is gone already, as it should be.
  }
}

test.each([1, 2])('what a killed engine left running is gone before attempt %i begins', async (attempt) => {
  const projectDir = await temporaryProject();
  const pid = await killedEngine(projectDir);
  expect(JSON.parse(await readFile(join(projectDir, note), 'utf8'))).toEqual({
    pid,
    started: processStart(pid),
    key: 'run-1/a_task/1',
  });

  expect(await carryOut(run, { projectDir, attempt })).toEqual({ stdout: 'alone' });
  expect(await readdir(join(projectDir, notes))).toEqual([]);
});

test.each([
  ['damaged', () => '{"pid":'],
  ['about everybody', () => JSON.stringify({ pid: -1, started: '1', key: 'k' })],
  [
    'about a process that had the same pid before',
    (pid: number) => JSON.stringify({ pid, started: '1', key: 'k' }),
  ],
])('a note that is %s is removed, and no process is ended', async (_, text) => {
  const projectDir = await temporaryProject();
  const bystander = spawn('sleep', ['1000'], { detached: true });
  onTestFinished(() => void bystander.kill('SIGKILL'));
  await mkdir(join(projectDir, notes), { recursive: true });
  await writeFile(join(projectDir, note), text(bystander.pid ?? 0));

  expect(await carryOut({ command: ['echo', '1'] }, { projectDir })).toBe(1);
  expect(bystander.signalCode).toBeNull();
  expect(processStart(bystander.pid ?? 0)).toBeDefined();
  expect(await readdir(join(projectDir, notes))).toEqual([]);
});

test("another task's command is left alone, though its name begins the same", async () => {
  const projectDir = await temporaryProject();
  const bystander = spawn('sleep', ['1000'], { detached: true });
  onTestFinished(() => void bystander.kill('SIGKILL'));
  const { pid = 0 } = bystander;
  await mkdir(join(projectDir, notes), { recursive: true });
  const other = 'run-1.a_task_2.1.json';
  const text = JSON.stringify({ pid, started: processStart(pid), key: 'run-1/a_task_2/1' });
  await writeFile(join(projectDir, notes, other), text);

  await carryOut({ command: ['true'] }, { projectDir });
  expect(await readdir(join(projectDir, notes))).toEqual([other]);
  expect(bystander.signalCode).toBeNull();
});

test('a command that could not be noted is not run', async () => {
  const projectDir = await temporaryProject({ '.3ox/commands': 'a file in the way' });
  await expect(carryOut({ command: ['touch', 'ran'] }, { projectDir })).rejects.toMatchObject({
    code: 'command.not-noted',
    retryable: true,
  });
  expect(await readdir(projectDir)).toEqual(['.3ox']);
});
