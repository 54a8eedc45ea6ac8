// What the home page tells of the runs, from their lines alone.
import { expect, test } from 'vitest';
import type { Head } from '../../../events/record.ts';
import type { BoardLine } from '../../../src/ports/runs/board.ts';
import { groupedBy } from '../../../src/projections/insights/failure-groups.ts';
import { homeCounts, recentEndedMax } from '../../../src/projections/insights/home.ts';

let count = 0;

function line(head: Partial<Head>, rest: Partial<BoardLine> = {}): BoardLine {
  count += 1;

  return {
    run: `run-${count}`,
    sequence: 1,
    position: count,
    updatedAt: '2026-01-01T00:00:00.000Z',
    head: {
      definition: { id: 'orders', version: 1, hash: 'f' },
      status: 'RUNNING',
      startedAt: '2026-01-01T00:00:00.000Z',
      settled: 0,
      tasks: 1,
      active: [],
      ...head,
    },
    ...rest,
  };
}

const ended = { endedAt: '2026-01-01T00:00:01.000Z' };

/** As it is told of all runs, the latest change first. */
function counted(lines: readonly BoardLine[]) {
  const isLive = ({ head }: BoardLine) => head.endedAt === undefined;
  const groups = groupedBy(
    lines.filter((each) => !isLive(each) && each.damage === undefined),
    ({ head }) => head.definition.id,
  );
  const ended = [...groups.values()].map((some) => some.slice(0, recentEndedMax));
  const damaged = lines.filter(({ damage }) => damage !== undefined).length;

  return homeCounts(lines.filter(isLive), { damaged, ended });
}

test('counts what needs somebody', () => {
  const asks = { task: 'ok', status: 'PENDING_APPROVAL' };
  const damage = { code: 'journal.altered', sequence: 1, position: 1, message: 'altered' };
  const counts = counted([
    line({ active: [asks, { task: 'b', status: 'IN_PROGRESS' }, asks] }),
    line({ status: 'PAUSED', active: [asks] }),
    line({}, { damage }),
    line({ status: 'COMPLETED', ...ended }),
  ]);

  expect(counts).toMatchObject({
    approvals: 3,
    pausedRuns: 1,
    quarantined: 1,
    byDefinition: { orders: 2 },
    failing: [],
  });
  expect(counts.running).toHaveLength(2);
});

test('says so where a run may wait for more approvals than its line names', () => {
  const asks = (count: number) =>
    Array.from({ length: count }, () => ({ task: 'ok', status: 'PENDING_APPROVAL' }));

  expect(counted([line({ active: asks(9) })])).toMatchObject({ approvals: 9, hasMore: false });
  expect(counted([line({ active: asks(10) })])).toMatchObject({ approvals: 10, hasMore: true });
});

test('tells the definitions whose latest runs fail, those that fail most first, with their usual error', () => {
  const other = { definition: { id: 'other', version: 1, hash: 'g' } };
  const failed = (error: string) => line({ status: 'FAILED', error, ...ended });
  const counts = counted([
    line({ status: 'COMPLETED', ...ended }),
    failed('a'),
    failed('b'),
    failed('b'),
    line({ ...other, status: 'TIMED_OUT', ...ended }),
    line({ ...other, status: 'TERMINATED', ...ended }),
  ]);

  expect(counts.failing).toMatchObject([
    { definition: 'orders', failed: 3, of: 4, error: 'b' },
    { definition: 'other', failed: 1, of: 2, error: 'TIMED_OUT' },
  ]);
});

test('looks at the last twenty runs of a definition only', () => {
  const calm = Array.from({ length: 20 }, () => line({ status: 'COMPLETED', ...ended }));

  expect(counted([...calm, line({ status: 'FAILED', error: 'old', ...ended })]).failing).toEqual([]);
});
