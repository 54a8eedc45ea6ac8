// The seeds' clock. Their own example first, then the edges of a day, of their year of 365 days, and of the genesis.
import { expect, test } from 'vitest';
import { siriusTime } from '../../machines/sirius-time.ts';

test.each([
  ['2025-10-07T14:20:00Z', '⧗-25.61.1420'],
  ['2025-08-07T00:00:00.000Z', '⧗-25.0.0000'],
  ['2025-08-07T23:59:59.999Z', '⧗-25.0.2359'],
  ['2025-08-08T00:00:00Z', '⧗-25.1.0000'],
  ['2026-08-06T12:05:00Z', '⧗-25.364.1205'],
  ['2026-08-07T00:00:00Z', '⧗-26.0.0000'],
  ['2028-02-29T09:07:00Z', '⧗-27.206.0907'],
  ['2025-10-07T16:20:00+02:00', '⧗-25.61.1420'],
  ['2025-08-06T23:00:00Z', '⧗-24.364.2300'],
])('%s is %s', (iso, sirius) => {
  expect(siriusTime(iso)).toBe(sirius);
});

test('refuses what is no time', () => {
  expect(() => siriusTime('yesterday')).toThrow(RangeError);
});
