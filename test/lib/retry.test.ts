// Trying again. Method: an act that fails as often as the test says, and the failures that are told.
import { expect, test } from 'vitest';
import { backoffMs, retryUntilDone } from '../../src/lib/retry.ts';

test('pauses double from the first one up to the longest', () => {
  const pauses = { firstMs: 100, mostMs: 5_000 };

  expect([0, 1, 2, 5, 6, 2_000].map((failures) => backoffMs(pauses, failures))).toEqual([
    ...[100, 200, 400],
    ...[3_200, 5_000, 5_000],
  ]);
});

test('what fails is tried until it works, and each failure is told with how many there were before', async () => {
  let tries = 0;
  const told: string[] = [];
  const result = await retryUntilDone(
    async () => {
      tries += 1;
      if (tries < 3) throw new Error(`try ${tries}`);
      return 'done';
    },
    async (error, failuresBefore) => void told.push(`${failuresBefore} ${error}`),
  );

  expect(result).toBe('done');
  expect(told).toEqual(['0 Error: try 1', '1 Error: try 2']);
});

test('whoever is told of a failure may give up with another error', async () => {
  const given = retryUntilDone(
    () => Promise.reject(new Error('away')),
    (error) => Promise.reject(new Error('given up', { cause: error })),
  );

  await expect(given).rejects.toThrow('given up');
});
