// Runs as lines of a list, and what the other runs say about one.
import { expect, test } from 'vitest';
import type { BoardLine } from '../../../src/ports/runs/board.ts';
import { createExpectations, runLine } from '../../../src/projections/run/run-page.ts';
import { createShortIds } from '../../../src/projections/short-ids.ts';

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

const ended = (run: string, tookMs: number, status: 'COMPLETED' | 'FAILED' = 'COMPLETED'): BoardLine => ({
  ...line,
  run,
  head: {
    ...line.head,
    status,
    active: [],
    endedAt: new Date(Date.parse(line.head.startedAt) + tookMs).toISOString(),
  },
});

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

test('how long runs take is the median of those of the version that completed, from three on', () => {
  const expectations = createExpectations();
  for (const [run, tookMs] of [
    ['a', 1_000],
    ['b', 9_000],
  ] as const)
    expectations.note(ended(run, tookMs));
  expectations.note(ended('c', 1, 'FAILED'));
  expect(expectations.typicalMs(definition)).toBeUndefined();
  expectations.note(ended('d', 3_000));
  expect(expectations.typicalMs(definition)).toBe(3_000);
  expectations.note(ended('e', 5_000));
  expect(expectations.typicalMs(definition)).toBe(4_000);
  // Told again, a run counts once.
  expectations.note(ended('e', 7_000));
  expect(expectations.typicalMs(definition)).toBe(5_000);
  expect(expectations.typicalMs({ ...definition, version: 3 })).toBeUndefined();
});

test('only the latest fifty count', () => {
  const expectations = createExpectations();
  for (let each = 0; each < 60; each += 1) expectations.note(ended(`old-${each}`, 1_000));
  for (let each = 0; each < 50; each += 1) expectations.note(ended(`new-${each}`, 2_000));
  expect(expectations.typicalMs(definition)).toBe(2_000);
});

test('as much of an id names a run as no other run begins with', () => {
  const ids = createShortIds();
  for (const run of ['01j000000000aaa1', '01j000000000aaa2', '01j000000000b']) ids.add(run);
  expect(ids.of('01j000000000aaa1')).toBe('01j000000000aaa1');
  expect(ids.of('01j000000000aab9')).toBe('01j000000000aab');
  expect(ids.of('01j000000000b')).toBe('01j000000000b');
});
