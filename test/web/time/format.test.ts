// Times as a person reads them. Zones are named, so that nobody has to guess.
import { expect, test } from 'vitest';
import {
  absoluteText,
  clockText,
  durationText,
  relativeText,
  untilText,
} from '../../../src/web/time/format.ts';

test('a span is told in two units at most', () => {
  expect([0, 320, 4_250, 42_000, 118_000, 7_800_000, 273_600_000].map(durationText)).toEqual([
    '0s',
    '320ms',
    '4.2s',
    '42s',
    '1m58s',
    '2h10m',
    '3d4h',
  ]);
});

test('a span that would be negative, because clocks differ, is none', () => {
  expect(durationText(-500)).toBe('0s');
});

test('a moment is told by how far it is from now, before or behind', () => {
  const now = Date.parse('2026-11-22T12:00:00Z');
  const told = ['2026-11-22T11:59:48Z', '2026-11-22T14:10:00Z', '2026-11-22T12:00:00.400Z', 'no time'];
  expect(told.map((iso) => relativeText(iso, now))).toEqual(['12s ago', 'in 2h10m', 'just now', 'no time']);
});

test('an absolute time names its zone', () => {
  expect(absoluteText('2026-11-22T23:05:09Z', 'UTC')).toBe('2026-11-22 23:05:09 UTC');
  expect(absoluteText('2026-07-01T23:05:09Z', 'Europe/Berlin')).toMatch(/^2026-07-02 01:05:09 \S+$/);
});

test('how old data is, and when it is asked for again, is told in short', () => {
  expect(clockText(Date.parse('2026-11-22T14:03:59Z'), 'UTC')).toBe('14:03');
  expect([10_500, 9_000, 8_000].map((at) => untilText(at, 8_000))).toEqual(['in 3 s', 'in 1 s', 'now']);
});
