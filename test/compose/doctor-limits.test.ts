// What `workflow doctor` does where something gives no answer: each line has a limit of its own.
import { expect, test } from 'vitest';
import { firstLines, gapLines, linesWithin } from '../../src/compose/doctor/doctor-limits.ts';
import { systemClock } from '../../src/compose/system-clock.ts';
import { createCharts } from '../../src/engine/run-reader/charts.ts';
import { checkRuns, readWithin } from '../../src/engine/run-reader/check-runs.ts';
import type { Journal, Stored } from '../../src/ports/runs/journal.ts';
import { createMemoryDefinitionStore } from '../../src/stores/memory/definition-store.ts';
import { chartOfText } from '../support/chart-of.ts';
import { createStage, register } from '../support/engine-bench.ts';

const never = new Promise<never>(() => undefined);
const quiet = { all: true, onProgress: () => undefined };
const text = `workflow:
  id: waiting
  version: 1
  tasks: [{id: work, uses: noop}]
`;

async function threeRuns() {
  const definitions = createMemoryDefinitionStore();
  const chart = chartOfText(text);
  await register(definitions, chart, text);
  const stage = createStage({ definitions });
  for (const run of ['run-1', 'run-2', 'run-3'])
    await stage.engine.startRun({ run, chart, input: {}, actor: 'test' });

  return { journal: stage.journal, charts: createCharts(definitions) };
}

test('a line over its limit says so, with a code and a fix', async () => {
  const [line, ...more] = await linesWithin({ name: 'queues', what: 'the queue', limitMs: 20 }, () => never);

  expect(more).toEqual([]);
  expect(line).toMatchObject({
    name: 'queues',
    status: 'fail',
    code: 'doctor.no-answer',
    detail: 'the queue gave no answer within 0.02 s',
    fix: expect.stringContaining('log of the server'),
  });
});

test('a line in time is as it is, one that may not look says why, and what has no code is a bug', async () => {
  const fine = { name: 'queues', status: 'ok', detail: 'empty' } as const;

  expect(await linesWithin({ name: 'queues', what: 'it' }, async () => [fine])).toEqual([fine]);
  const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
  expect(await linesWithin({ name: 'q', what: 'it' }, () => Promise.reject(denied))).toEqual([
    {
      ...{ name: 'q', status: 'fail', code: 'system.eacces' },
      detail: 'it cannot be looked at: EACCES: permission denied',
    },
  ]);
  await expect(linesWithin({ name: 'q', what: 'it' }, () => Promise.reject(new Error('no')))).rejects.toThrow(
    'no',
  );
});

test('a journal that stops to answer in the middle of a run is told, with the runs that were not verified', async () => {
  const { journal, charts } = await threeRuns();
  const hanging: Journal = {
    ...journal,
    async *read(run, options): AsyncIterable<Stored> {
      yield* journal.read(run, options);
      if (run === 'run-2') await never;
    },
  };
  const found = await checkRuns({ journal: readWithin(hanging, systemClock, 1_000), charts }, quiet);

  expect(found).toMatchObject({ checked: 1, damaged: [], unverified: 1 });
  expect(found.failed).toMatchObject([
    { run: 'run-2', error: { code: 'journal.unavailable', message: expect.stringContaining('no answer') } },
  ]);
});

test('a run of which the store counts more events than it can read is damaged, also one with none left', async () => {
  const { journal, charts } = await threeRuns();
  const counts = new Map([
    ['run-1', 1],
    ['run-2', 2],
    ['run-9', 1],
  ]);
  const { damaged } = await checkRuns({ journal, charts, runCounts: async () => counts }, quiet);

  expect(damaged).toMatchObject([
    { run: 'run-2', damage: { code: 'journal.unreadable', sequence: 2 } },
    { run: 'run-9', damage: { code: 'journal.unreadable', sequence: 1, position: 0 } },
  ]);
});

test('damaged runs come in the order of their ids, behind the one that is named, with the states of some', async () => {
  const { journal, charts } = await threeRuns();
  const counts = new Map(['run-3', 'run-1', 'run-2'].map((run) => [run, 2]));
  const deps = { journal, charts, runCounts: async () => counts };
  const found = async (options: object) =>
    (await checkRuns(deps, { ...quiet, ...options })).damaged.map(({ run, view }) => [run, view?.run]);

  expect(await found({ viewsMax: 2 })).toEqual([
    ['run-1', 'run-1'],
    ['run-2', 'run-2'],
    ['run-3', undefined],
  ]);
  expect(await found({ after: 'run-1', viewsMax: 1 })).toEqual([
    ['run-2', 'run-2'],
    ['run-3', undefined],
  ]);
  expect((await checkRuns(deps, { ...quiet, after: 'run-2' })).checked).toBe(1);
});

test('of many lines the first are told, and how many there are besides', () => {
  const line = (detail: string) => ({ name: 'runs', status: 'fail', detail }) as const;
  const more = (count: number) => line(`${count} more`);
  const lines = ['a', 'b', 'c'].map(line);

  expect(firstLines(lines, 3, more)).toEqual(lines);
  expect(firstLines(lines, 1, more)).toEqual([line('a'), line('2 more')]);
});

test('names the first positions that a stream has lost, and how many there are', () => {
  const health = {
    stream: 'WF_X_JOURNAL',
    replicas: 1,
    isOnCluster: false,
    leader: 'n',
    behind: [],
    lost: 0,
  };
  const gaps = [
    { first: 4, last: 4 },
    { first: 7, last: 9 },
  ];

  expect(gapLines([{ ...health, gaps: [] }])).toEqual([]);
  expect(gapLines([{ ...health, gaps }])).toMatchObject([
    {
      status: 'fail',
      code: 'journal.positions-lost',
      detail: expect.stringContaining('positions 4, 7 to 9'),
    },
  ]);
});
