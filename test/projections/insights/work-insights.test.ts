// Where the time of runs goes: who is busy, who waits for whom, what takes longest. Method: bars by hand, in minutes
// of one hour, and the run of a golden journal whose times are known.
import { expect, test } from 'vitest';
import { agentInsights, bottlenecks, waitInsights } from '../../../src/projections/insights/work-insights.ts';
import { type ReadTask, type RunReading, runReading } from '../../../src/projections/run/run-reading.ts';
import { goldenRun } from '../golden-books.ts';

const minute = 60_000;
const about = {
  span: { fromMs: 0, toMs: 60 * minute },
  nowMs: 60 * minute,
  departments: new Map([
    ['SCANNER', 'warehouse'],
    ['CLERK', 'sales'],
    ['ana', 'legal'],
  ]),
};

type Minutes = readonly [kind: ReadTask['bars'][number]['kind'], from: number, to?: number, outcome?: string];

function bars(...minutes: readonly Minutes[]): ReadTask['bars'] {
  let attempt = 1;

  return minutes.map(([kind, from, to, outcome]) => {
    if (kind === 'retrying') attempt += 1;
    return {
      ...{ kind, fromMs: from * minute, attempt },
      ...(to === undefined ? {} : { toMs: to * minute }),
      ...(outcome === undefined ? {} : { outcome }),
    };
  });
}

const scan = (...minutes: readonly Minutes[]): ReadTask => ({
  ...{ id: 'scan', type: 'SIMPLE', agent: 'SCANNER', approvers: [] },
  bars: bars(...minutes),
});
const run = (name: string, ...tasks: readonly ReadTask[]): RunReading => ({
  ...{ run: name, definition: 'orders', department: 'sales', tasks },
});

test('an agent that works on two things at a time is busy once', () => {
  const readings = [
    run('a', scan(['queued', 0, 10], ['running', 10, 30, 'completed'])),
    run('b', scan(['queued', 0, 20], ['running', 20, 40, 'failed'])),
  ];

  expect(agentInsights(readings, about)).toEqual([
    {
      ...{ agent: 'SCANNER', attempts: 2, failed: 1, utilisation: 0.5 },
      ...{ queuedMs: 10 * minute, tookMs: 20 * minute },
    },
  ]);
});

test('only the part in the span makes an agent busy, and what lasts makes it busy until now', () => {
  const readings = [run('a', scan(['running', -30, 15, 'completed'])), run('b', scan(['running', 45]))];

  expect(agentInsights(readings, about)).toMatchObject([{ attempts: 2, failed: 0, utilisation: 0.5 }]);
  expect(agentInsights([run('c', scan(['running', -30, -20]))], about)).toEqual([]);
});

test('a department waits for another one, and not for itself', () => {
  const own: ReadTask = { ...scan(['running', 0, 30]), agent: 'CLERK' };
  const approval = (approvers: readonly string[]): ReadTask => ({
    ...{ id: 'agree', type: 'HUMAN', approvers, bars: bars(['queued', 0, 5], ['waiting', 5, 20]) },
  });
  const scanned = scan(
    ['queued', 0, 10],
    ['running', 10, 20, 'failed'],
    ['retrying', 20, 30],
    ['running', 30, 31],
  );
  const readings = [run('a', own, scanned), run('b', scanned, approval([]), approval(['ana']))];

  expect(waitInsights(readings, about)).toEqual([
    { from: 'sales', to: 'warehouse', count: 2, totalMs: 62 * minute },
    { from: 'sales', to: 'legal', count: 1, totalMs: 15 * minute },
    { from: 'sales', to: 'people', count: 1, totalMs: 15 * minute },
  ]);
});

test('the task in which most time goes by is first, and what is around others does not count', () => {
  const around: ReadTask = { id: 'all', type: 'FORK', approvers: [], bars: bars(['running', 0, 60]) };
  const agree: ReadTask = { id: 'agree', type: 'HUMAN', approvers: [], bars: bars(['waiting', 0]) };
  const retried = scan(['queued', 0, 1], ['running', 1, 3, 'failed'], ['retrying', 3, 8], ['running', 8, 9]);

  expect(bottlenecks([run('a', around, retried, agree), run('b', retried)], about)).toEqual([
    {
      ...{ definition: 'orders', task: 'agree', runs: 1, retries: 0 },
      ...{ queuedMs: 0, runningMs: 0, waitingMs: 60 * minute },
    },
    {
      ...{ definition: 'orders', task: 'scan', runs: 2, retries: 2 },
      ...{ queuedMs: 2 * minute, runningMs: 6 * minute, waitingMs: 10 * minute },
    },
  ]);
});

test('a recorded run is read with who did what, and an attempt begins when its end says so', () => {
  const { name, book, definition } = goldenRun('agents-timed');
  const { tasks } = runReading(name, book.rows, { id: definition.id, definition });
  const started = book.rows.filter(({ startedAt }) => startedAt !== undefined);
  expect(started.length).toBeGreaterThan(0);
  for (const { line, attempt, startedAt = '' } of started) {
    const bar = tasks
      .find(({ id }) => id === line.task)
      ?.bars.find((each) => each.kind === 'running' && each.attempt === attempt);
    expect(bar?.fromMs, line.task).toBe(Date.parse(startedAt));
  }

  expect(tasks.flatMap(({ agent }) => agent ?? []).length).toBeGreaterThan(0);
});
