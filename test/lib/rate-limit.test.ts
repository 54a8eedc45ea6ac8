// How much one who asks gets, and that nobody pays for another. Method: the limit alone, with a clock set by hand.
import { expect, test } from 'vitest';
import { createRateLimit } from '../../src/lib/rate-limit.ts';
import { createManualClock } from '../support/manual-clock.ts';

test('so much at once, then so much as time gives back, each for itself', () => {
  const clock = createManualClock();
  const limit = createRateLimit(clock, { burst: 2, perSecond: 0.5 });

  expect([limit.take('a'), limit.take('a'), limit.take('a'), limit.take('b')]).toEqual([
    undefined,
    undefined,
    2,
    undefined,
  ]);
  clock.advance(2_000);
  expect([limit.waitOf('a'), limit.take('a'), limit.take('a')]).toEqual([undefined, undefined, 2]);
  clock.advance(60_000);
  expect([limit.take('a'), limit.take('a'), limit.take('a')]).toEqual([undefined, undefined, 2]);
});

test('those who are seen remain known while many others come and go', () => {
  const few = createRateLimit(createManualClock(), { burst: 1, perSecond: 0.001 });
  few.take('first');
  for (let each = 0; each < 9_999; each += 1) few.take(`other ${each}`);
  expect(few.take('first')).toBe(1_000);
  few.take('one more');
  expect(few.take('first')).toBeUndefined();
});

test('a clock that is set neither locks anybody out nor gives anybody more', () => {
  const clock = createManualClock();
  const limit = createRateLimit(clock, { burst: 1, perSecond: 1 });
  for (const byMs of [-3_600_000, 2 * 86_400_000]) {
    expect(limit.take('a')).toBeUndefined();
    clock.setBy(byMs);
    expect(limit.take('a')).toBe(1);
    clock.advance(1_000);
  }
  expect(limit.take('a')).toBeUndefined();
});
