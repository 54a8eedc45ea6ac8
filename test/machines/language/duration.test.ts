// Durations are read strictly: a duration that was misread would end a run at the wrong time.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../../machines/language/duration.ts';

test.each([
  ['500ms', 500],
  ['30s', 30_000],
  ['1.5s', 1500],
  ['2m', 120_000],
  ['1h', 3_600_000],
  ['7d', 604_800_000],
  ['1h30m', 5_400_000],
  ['1d2h3m4s5ms', 93_784_005],
  [' 30s ', 30_000],
  ['PT1H30M', 5_400_000],
  ['P1D', 86_400_000],
  ['P1DT1S', 86_401_000],
  ['P2W', 1_209_600_000],
  ['PT0.5S', 500],
  ['366d', 31_622_400_000],
])('%s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toEqual({ ok: true, ms });
});

test.each([
  ['30', 'a bare number is not a duration: write 30s'],
  ['-5s', 'a duration cannot be negative: "-5s"'],
  ['0s', 'a duration of zero is not allowed here: write 1ms or more'],
  ['367d', '"367d" is longer than 366 days'],
  ['9999999999999999999d', '"9999999999999999999d" is longer than 366 days'],
])('%s is refused and explained', (text, reason) => {
  expect(parseDuration(text)).toEqual({ ok: false, reason });
});

test.each([
  '',
  ' ',
  '1h30',
  '30 s',
  '1m1h',
  '5S',
  's',
  'P',
  'PT',
  'P1',
  'P1M',
  'NaN',
  'Infinity',
  '1e3s',
  `${'1'.repeat(99)}s`,
])('"%s" is no duration', (text) => {
  expect(parseDuration(text)).toMatchObject({
    ok: false,
    reason: expect.stringContaining('is not a duration'),
  });
});

test('zero is a duration where it is allowed', () => {
  expect(parseDuration('0s', { zero: true })).toEqual({ ok: true, ms: 0 });
});

test('what is written is read back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 31_622_400_000 }), (ms) => {
      expect(parseDuration(formatDuration(ms), { zero: true })).toEqual({ ok: true, ms });
    }),
  );
  expect(formatDuration(5_400_000)).toBe('1h30m');
  expect(formatDuration(0)).toBe('0s');
});
