// What is counted of a span of time. Method: runs with times by hand, and every number of the answer.

import { expect, test } from 'vitest';
import { fitsFilter } from '../../../machines/run/record/run-filter.ts';
import type { RunSummary } from '../../../src/ports/runs/run-index.ts';
import {
  firstUses,
  runStatistics,
  statisticsByDefinition,
  statisticsInSeries,
} from '../../../src/projections/run/run-statistics.ts';

const start = Date.UTC(2026, 10, 22);
const hour = 3_600_000;
const at = (hours: number) => new Date(start + hours * hour).toISOString();
const day = { fromMs: start, toMs: start + 24 * hour };

function line(run: string, from: number, to?: number, status = 'COMPLETED', version = 1): RunSummary {
  const definition = { id: 'orders', version, hash: `h${version}` };
  const over =
    to === undefined ? { status: 'RUNNING' as const } : { status: status as 'FAILED', endedAt: at(to) };
  const head = { definition, startedAt: at(from), active: [], settled: 0, tasks: 1, ...over };

  return { run, sequence: 1, position: 1, updatedAt: at(to ?? from), head };
}

function cancelled({ head, ...rest }: RunSummary): RunSummary {
  return { ...rest, head: { ...head, shown: 'CANCELLED' } };
}

const lines = [
  line('before', -3, -1),
  line('into', -2, 1),
  line('short', 2, 3),
  line('failed', 2, 6, 'FAILED', 2),
  line('late', 4, 5, 'TIMED_OUT'),
  line('stopped', 5, 15, 'TERMINATED'),
  cancelled(line('undone', 6, 7, 'TERMINATED')),
  line('open', 23),
  line('after', 25, 26),
];

test('a run counts where it begins and where it ends', () => {
  expect(runStatistics(lines, day)).toEqual({
    ...{ started: 6, ended: 6, completed: 2, failed: 2, cancelled: 1, terminated: 1, successRate: 0.5 },
    ...{ p50Ms: hour, p95Ms: 10 * hour },
  });
});

const noEnd = { ended: 0, completed: 0, failed: 0, cancelled: 0, terminated: 0 };

test('where nothing ended there is no rate and no duration', () => {
  expect(runStatistics([line('open', 1)], day)).toEqual({ started: 1, ...noEnd });
});

test('where people stopped all, nothing is said to have failed', () => {
  expect(runStatistics([cancelled(line('undone', 1, 2, 'TERMINATED'))], day)).toEqual({
    ...{ ...noEnd, started: 1, ended: 1, cancelled: 1, p50Ms: hour, p95Ms: hour },
  });
});

test('a run is within the span for as long as it is under way', () => {
  expect(lines.filter(fitsFilter({ within: { from: at(0), to: at(24) } })).map(({ run }) => run)).toEqual([
    ...['into', 'short', 'failed', 'late', 'stopped', 'undone', 'open'],
  ]);
});

test('versions are told apart', () => {
  expect(
    statisticsByDefinition(lines, day).map(({ version, ended, failed }) => [version, ended, failed]),
  ).toEqual([
    [1, 5, 1],
    [2, 1, 1],
  ]);
  expect(firstUses(lines, day)).toEqual([{ definition: 'orders', version: 2, at: at(2) }]);
});

test('a series adds up to the whole, in at most sixty-one points without a gap', () => {
  for (const hours of [1, 24, 24 * 30, 24 * 400]) {
    const span = { fromMs: start - 7 * hour, toMs: start + (hours - 7) * hour };
    const { spanMs, series } = statisticsInSeries(lines, span);
    const total = runStatistics(lines, span);
    const sum = (of: 'started' | 'ended' | 'completed' | 'failed') =>
      series.reduce((all, each) => all + each[of], 0);
    expect(series.length).toBeLessThanOrEqual(61);
    expect([sum('started'), sum('ended'), sum('completed'), sum('failed')]).toEqual([
      ...[total.started, total.ended, total.completed, total.failed],
    ]);
    const gaps = series.map(({ at: time }, index) => Date.parse(time) - spanMs * index);
    expect(new Set(gaps).size).toBe(1);
  }
});
