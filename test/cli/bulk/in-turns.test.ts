// Work on many things, a few at a time. Method: promises that the test resolves.
import { expect, test } from 'vitest';
import { inTurns } from '../../../src/cli/bulk/change-many.ts';

test('no more than so many are worked on at once, and results keep their order', async () => {
  let [now, most] = [0, 0];
  const results = await inTurns([5, 1, 4, 2, 3], 2, async (item) => {
    now += 1;
    most = Math.max(most, now);
    for (let turn = 0; turn < item; turn += 1) await Promise.resolve();
    now -= 1;
    return item * 10;
  });
  expect(results).toEqual([50, 10, 40, 20, 30]);
  expect(most).toBe(2);
});

test('nothing to do is done at once', async () => {
  expect(await inTurns([], 8, () => Promise.reject(new Error('called')))).toEqual([]);
});
