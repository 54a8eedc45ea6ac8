// What is told of a backfill before it is asked for.
import { expect, test } from 'vitest';
import { backfillSpan, backfillText } from '../../../../src/web/pages/triggers/backfill-span.ts';

test('a span begins with a time, and ends with one or now', () => {
  expect(backfillSpan('', '2026-01-31T09:00')).toBeUndefined();
  const from = new Date('2026-01-30T09:00').toISOString();
  expect(backfillSpan('2026-01-30T09:00', '')).toEqual({ from });
  expect(backfillSpan('2026-01-30T09:00', '2026-01-31T09:00')).toEqual({
    ...{ from, to: new Date('2026-01-31T09:00').toISOString() },
  });
});

test('runs that are there already are not counted as started', () => {
  const ticks = ['a', 'b', 'c'];
  expect(backfillText({ ticks, there: [] })).toBe('3 times: 3 runs are started.');
  expect(backfillText({ ticks, there: ['b', 'c'] })).toBe(
    '3 times: 1 run is started, and 2 are there already.',
  );
  expect(backfillText({ ticks: ['a'], there: ['a'] })).toBe(
    '1 time: No run is started, and 1 is there already.',
  );
});
