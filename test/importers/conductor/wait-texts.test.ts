// Durations and times as Conductor writes them. Method: a table.
import { expect, test } from 'vitest';
import { parseUntil, parseWait } from '../../../src/importers/conductor/tasks/wait.ts';

test.each([
  ['5 seconds', 5000],
  ['1 hour 30 minutes', 5_400_000],
  ['2 days 3 hours', 183_600_000],
  ['30s', 30_000],
  ['1h30m', 5_400_000],
  ['1 min', 60_000],
  ['90', 90_000],
  ['2 fortnights', undefined],
  ['', undefined],
  ['soon', undefined],
])('the duration "%s"', (text, ms) => {
  expect(parseWait(text)).toBe(ms);
});

test.each([
  ['2026-12-31', '2026-12-31T00:00:00Z', true],
  ['2026-12-31 23:59', '2026-12-31T23:59:00Z', true],
  ['2026-12-31 23:59 GMT+02:00', '2026-12-31T23:59:00+02:00', false],
  ['2026-12-31 23:59 UTC', '2026-12-31T23:59:00Z', false],
  ['2026-12-31 23:59 PST', '2026-12-31T23:59:00-08:00', true],
  ['2026-12-31T23:59:30Z', '2026-12-31T23:59:30Z', false],
])('the time "%s"', (text, time, isAssumed) => {
  const until = parseUntil(text);
  expect(until?.time).toBe(time);
  expect(until?.assumed !== undefined).toBe(isAssumed);
});

test('what is no time is not taken for one', () => {
  expect(parseUntil('tomorrow')).toBeUndefined();
  expect(parseUntil('2026-12-31 23:59 Mars')).toBeUndefined();
});
