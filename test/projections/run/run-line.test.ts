// Runs as lines of a list, and what the other runs say about one.
import { expect, test } from 'vitest';
import type { BoardLine } from '../../../src/ports/runs/board.ts';
import { runLine, typicalOf } from '../../../src/projections/run/run-line.ts';
import { shortIdAmong } from '../../../src/projections/short-ids.ts';

const definition = { id: 'orders', version: 2, hash: 'h' };
const line: BoardLine = {
  run: '01j0000000000000000000000a',
  head: {
    definition,
    status: 'RUNNING',
    startedAt: '2026-01-01T00:00:00.000Z',
    settled: 1,
    tasks: 3,
    active: [{ task: 'sign', status: 'PENDING_APPROVAL' }],
  },
  sequence: 5,
  position: 17,
  updatedAt: '2026-01-01T00:00:01.000Z',
};

test('a line has the status for programs and the one that is shown', () => {
  expect(runLine(line, { shortId: '01j0000000000', typicalMs: 4_000 })).toMatchObject({
    run: line.run,
    status: 'RUNNING',
    shown: 'NEEDS_APPROVAL',
    trigger: 'manual',
    typicalMs: 4_000,
  });
});

test('a run that is quarantined says why', () => {
  const damage = { code: 'journal.altered', sequence: 3, position: 9, message: 'its hash does not fit' };
  expect(runLine({ ...line, damage }, { shortId: '', typicalMs: undefined })).toMatchObject({
    status: 'QUARANTINED',
    shown: 'QUARANTINED',
    problem: 'event 3 (position 9 of the journal): its hash does not fit [journal.altered]',
    damage,
  });
});

test('how long runs take is the median of those of the version that completed last, from three on', () => {
  const typical = (...tookMs: readonly number[]) => typicalOf({ durations: () => tookMs }, definition);

  expect(typical(1_000, 9_000)).toBeUndefined();
  expect(typical(1_000, 9_000, 3_000)).toEqual({ ms: 3_000, runs: 3 });
  expect(typical(1_000, 9_000, 3_000, 5_000)).toEqual({ ms: 4_000, runs: 4 });
});

test('the latest fifty of the version are asked for', () => {
  const asked: unknown[] = [];
  const durations = (...given: readonly unknown[]) => {
    asked.push(...given);
    return [];
  };
  typicalOf({ durations }, definition);

  expect(asked).toEqual([{ id: 'orders', hash: 'h' }, 50]);
});

test('as much of an id names a run as neither the one before nor the one behind it begins with', () => {
  const ids = (run: string, ...neighbours: readonly string[]) =>
    shortIdAmong({ neighbours: () => neighbours }, run);

  expect(ids('01j000000000aaa1', '01j000000000aaa2')).toBe('01j000000000aaa1');
  expect(ids('01j000000000aab9', '01j000000000aaa2', '01j000000000b')).toBe('01j000000000aab');
  expect(ids('01j000000000b', '01j000000000aaa2')).toBe('01j000000000b');
});
