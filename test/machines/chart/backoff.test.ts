// How long a run waits before it tries again: the three ways to grow, the cap, and jitter that every fold repeats.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { retryDelayMs } from '../../../machines/chart/tasks/attempt-failure.ts';
import type { RetryPolicy } from '../../../machines/task.ts';

const policy: RetryPolicy = {
  maxAttempts: 9,
  backoff: 'exponential',
  initialDelayMs: 1_000,
  maxDelayMs: 5_000,
  multiplier: 2,
  jitter: 'none',
  nonRetryable: [],
  onExhausted: 'fail',
};
const delays = (more: Partial<RetryPolicy>) =>
  [1, 2, 3, 4].map((attempt) => retryDelayMs({ ...policy, ...more }, attempt, 's'));

test('delays stay, grow by the first, or grow by the multiplier, up to the cap', () => {
  expect(delays({ backoff: 'fixed' })).toEqual([1_000, 1_000, 1_000, 1_000]);
  expect(delays({ backoff: 'linear' })).toEqual([1_000, 2_000, 3_000, 4_000]);
  expect(delays({})).toEqual([1_000, 2_000, 4_000, 5_000]);
});

test('full jitter is a fraction of the delay that follows from run, task and attempt alone', () => {
  fc.assert(
    fc.property(fc.string(), (seed) => {
      const delay = retryDelayMs({ ...policy, jitter: 'full' }, 3, seed);
      expect(delay).toBe(retryDelayMs({ ...policy, jitter: 'full' }, 3, seed));
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThanOrEqual(4_000);
    }),
  );
});

test('near seeds give far delays, spread over the whole range', () => {
  const spread = Array.from({ length: 1_000 }, (_, index) =>
    retryDelayMs({ ...policy, jitter: 'full' }, 3, `run/t/${index}`),
  );

  for (const quarter of [0, 1, 2, 3]) {
    const inQuarter = spread.filter(
      (delay) => delay >= quarter * 1_000 && delay < (quarter + 1) * 1_000,
    ).length;
    expect(inQuarter).toBeGreaterThan(200);
  }
});
