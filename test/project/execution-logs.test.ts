// The execution logs are copies that lines are appended to, each once, whatever process writes them. Method: a real
// folder, runs driven over the real core, a journal that is read as the real one is, a clock that only the test moves.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseStored } from '../../machines/run/record/stored-record.ts';
import { createExecutionLogs, type LoggedRun } from '../../src/project/execution-logs.ts';
import { temporaryProject } from '../files/temporary-project.ts';
import { chartOf } from '../support/chart-of.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { type Driven, startedRun } from '../support/run-spec.ts';

const task = '- { id: scan, uses: files.scan }';
const watched = chartOf(task, 'monitoring: {}');

test('appends each line once, also by a process that comes later', async () => {
  const { project, read } = await logsOf();
  const run = startedRun(watched);
  const first = project(run);
  first.update(logged(run));
  await first.flush();
  run.completes('scan');
  first.update(logged(run));
  await first.flush();
  const second = project(run);
  second.update(logged(run));
  await second.flush();

  expect(await words(read)).toEqual(['STARTED', 'TASK_COMPLETED', 'WORKFLOW_COMPLETED']);
});

test('writes what a process that died had not, and a line that it tore', async () => {
  const { dir, project, read } = await logsOf();
  const run = startedRun(watched).completes('scan');
  const early = project(run);
  early.update(logged(run));
  await early.flush();
  const text = await read();
  await writeFile(
    join(dir, '.3ox/workflow.execution.log'),
    text.slice(0, text.indexOf('TASK_COMPLETED') + 5),
  );
  const second = project(run);
  second.update(logged(run));
  await second.flush();

  expect(await words(read)).toEqual(['STARTED', 'TASK_', 'TASK_COMPLETED', 'WORKFLOW_COMPLETED']);
});

test('a definition without monitoring has no log, and one that names a file has it there', async () => {
  const { dir, project, read } = await logsOf();
  const plain = startedRun(chartOf(task));
  const named = startedRun(chartOf(task, 'monitoring: { log_to: logs/audit.log }'));
  for (const run of [plain, named]) {
    const logs = project(run);
    logs.update(logged(run));
    await logs.flush();
  }

  await expect(read()).rejects.toThrow('ENOENT');
  expect(await readFile(join(dir, 'logs/audit.log'), 'utf8')).toContain(' STARTED ');
});

test('lines wait for half a second, so that many go into one write', async () => {
  const { clock, project, read } = await logsOf();
  const run = startedRun(watched);
  const logs = project(run);
  logs.update(logged(run));
  clock.advance(499);
  await expect(read()).rejects.toThrow('ENOENT');
  clock.advance(1);

  await expect.poll(() => words(read).catch(() => [])).toEqual(['STARTED']);
});

test('a file that cannot be written is told of, and the lines are there once it can', async () => {
  const { dir, clock, project, read, troubles } = await logsOf();
  await writeFile(join(dir, '.3ox'), 'no folder');
  const run = startedRun(watched).completes('scan');
  const logs = project(run);
  logs.update(logged(run));
  await logs.flush();
  expect(troubles).toEqual([expect.stringContaining('.3ox')]);
  await rm(join(dir, '.3ox'));
  await mkdir(join(dir, '.3ox'));
  clock.advance(30_000);
  await logs.flush();

  expect(await words(read)).toEqual(['STARTED', 'TASK_COMPLETED', 'WORKFLOW_COMPLETED']);
});

async function logsOf() {
  const dir = await temporaryProject();
  const clock = createManualClock();
  const troubles: string[] = [];

  return {
    dir,
    clock,
    troubles,
    read: () => readFile(join(dir, '.3ox/workflow.execution.log'), 'utf8'),
    project: (run: Driven) =>
      createExecutionLogs({
        projectDir: dir,
        entries: (_, options) => storedOf(run, options),
        clock,
        onTrouble: (_, error) => troubles.push(String(error)),
      }),
  };
}

function logged(driven: Driven): LoggedRun {
  const { state, chart } = driven.run();

  return { run: state.run, status: state.status, monitoring: chart.definition.monitoring };
}

async function* storedOf({ bodies }: Driven, { after = 0 }: { readonly after?: number } = {}) {
  for (const [index, body] of bodies.entries()) {
    if (index + 1 > after) yield parseStored({ run: 'test-run', position: index + 1, body });
  }
}

async function words(read: () => Promise<string>): Promise<readonly string[]> {
  return (await read())
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '');
}
