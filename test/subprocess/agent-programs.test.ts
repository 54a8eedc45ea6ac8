// The programs of agents run until somebody ends them all, whatever kills one in between. Method: real programs that
// write down who they are, killed and edited.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/compose/system-clock.ts';
import { type AgentPrograms, createAgentPrograms } from '../../src/subprocess/agent-programs.ts';

const patience = { timeout: 15_000, interval: 50 };
const program = (word: string) =>
  `require('node:fs').appendFileSync('pids', process.pid + '\\n'); console.log('${word}'); setInterval(() => {}, 1000);`;
const keeper = { agent: 'KEEPER', command: ['node', 'keeper.cjs'] };

let folder: string;
let programs: AgentPrograms;
let said: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workflow-programs-'));
  await writeFile(join(folder, 'keeper.cjs'), program('first'));
  said = [];
  const say = (agent: string, line: string): void => void said.push(`${agent}: ${line}`);
  programs = createAgentPrograms({ projectDir: folder, clock: systemClock, say });
});
afterEach(async () => {
  await programs.end();
  await rm(folder, { recursive: true, force: true });
});

async function pids(): Promise<readonly number[]> {
  const text = await readFile(join(folder, 'pids'), 'utf8').catch(() => '');

  return text.split('\n').filter(Boolean).map(Number);
}

/** The process of the latest start, once there were so many. */
async function started(count: number): Promise<number> {
  await expect.poll(async () => (await pids()).length, patience).toBe(count);

  return (await pids()).at(-1) ?? expect.unreachable('none was started');
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('a program that is killed is started again, and so is one whose file changes', async () => {
  programs.replace([keeper]);
  process.kill(await started(1), 'SIGKILL');
  const second = await started(2);
  expect(said).toContain('KEEPER: it was ended by SIGKILL; it is started again in 0.5 s');

  await writeFile(join(folder, 'keeper.cjs'), program('edited'));
  await started(3);
  expect(isAlive(second)).toBe(false);
  expect(said).toContain('KEEPER: keeper.cjs has changed: it is started again');
  await expect.poll(() => said, patience).toContain('KEEPER: edited');
});

test('one that is named no more ends, the others go on, and the end leaves none', async () => {
  programs.replace([keeper]);
  const first = await started(1);
  programs.replace([keeper, { agent: 'OTHER', command: ['sh', '-c', 'node keeper.cjs'] }]);
  const other = await started(2);
  programs.replace([keeper]);
  await expect.poll(() => isAlive(other), patience).toBe(false);
  expect(isAlive(first)).toBe(true);

  await programs.end();
  expect(isAlive(first)).toBe(false);
  expect(await pids()).toHaveLength(2);
});

test('a command that cannot be started is told of, and what is wrong with it is not for ever', async () => {
  programs.replace([{ agent: 'NOBODY', command: ['./nobody.sh'] }]);
  await expect.poll(() => said.join('\n'), patience).toMatch(/NOBODY: it cannot be started: .*ENOENT/);
  await writeFile(join(folder, 'nobody.sh'), '#!/bin/sh\necho here\nexec sleep 60\n', { mode: 0o755 });
  await expect.poll(() => said, patience).toContain('NOBODY: here');
});
