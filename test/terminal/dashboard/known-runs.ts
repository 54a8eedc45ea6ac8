// Lines of the list of runs, made by hand.

import type { Head } from '../../../events/record.ts';
import { countRuns } from '../../../machines/run/record/run-filter.ts';
import type { BoardLine } from '../../../src/ports/runs/board.ts';
import type { DashboardState, KnownWorld } from '../../../src/terminal/dashboard/known-runs.ts';

export function lineOf(run: string, head: Partial<Head> & { readonly id?: string } = {}): BoardLine {
  const { id = 'orders', ...rest } = head;

  return {
    run,
    position: 7,
    sequence: 3,
    updatedAt: '2026-01-01T00:00:05.000Z',
    head: {
      definition: { id, version: 1, hash: 'a' },
      status: 'RUNNING',
      startedAt: '2026-01-01T00:00:00.000Z',
      settled: 1,
      tasks: 4,
      active: [{ task: 'pay', status: 'IN_PROGRESS' }],
      ...rest,
    },
  };
}

export function knownOf(lines: readonly BoardLine[], more: Partial<KnownWorld> = {}): KnownWorld {
  return {
    namespace: 'default',
    position: 48,
    isLive: true,
    lines,
    counts: countRuns(lines),
    records: [],
    agents: [],
    ...more,
  };
}

export const atFirst: DashboardState = { view: 'runs', filter: '', scroll: 0, readOnly: false };

export const threeRuns = [
  lineOf('01aaaaaaaaaaaaaaaaaaaaaaaa', {
    status: 'COMPLETED',
    startedAt: '2026-01-01T00:00:09.000Z',
    endedAt: '2026-01-01T00:00:10.000Z',
    active: [],
  }),
  lineOf('01bbbbbbbbbbbbbbbbbbbbbbbb', { startedAt: '2026-01-01T00:00:01.000Z' }),
  lineOf('01cccccccccccccccccccccccc', {
    id: 'billing',
    status: 'PAUSED',
    startedAt: '2026-01-01T00:00:02.000Z',
  }),
];
