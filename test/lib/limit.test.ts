// Work on many things, a few at a time. Method: work that counts how much of it is under way.
import { expect, test } from 'vitest';
import { createLimit, mapAtOnce, mapInOrder } from '../../src/lib/limit.ts';

/** Takes as many turns of the event loop as the item says. */
function counting() {
  let now = 0;
  const seen = { most: 0 };
  const work = async (item: number): Promise<number> => {
    now += 1;
    seen.most = Math.max(seen.most, now);
    for (let turn = 0; turn < item; turn += 1) await Promise.resolve();
    now -= 1;
    return item * 10;
  };

  return { work, seen };
}

test('no more than so many are worked on at once, and results keep their order', async () => {
  const { work, seen } = counting();

  expect(await mapAtOnce([5, 1, 4, 2, 3], 2, work)).toEqual([50, 10, 40, 20, 30]);
  expect(seen.most).toBe(2);
});

test('nothing to do is done at once', async () => {
  expect(await mapAtOnce([], 8, () => Promise.reject(new Error('called')))).toEqual([]);
});

test('items that come one by one are worked on a few at a time, and results keep their order', async () => {
  const { work, seen } = counting();
  const items = (async function* () {
    yield* [50, 40, 30, 20];
  })();

  const results: number[] = [];
  for await (const result of mapInOrder(items, 3, work)) results.push(result);

  expect(results).toEqual([500, 400, 300, 200]);
  expect(seen.most).toBe(3);
});

test('what fails is told in its turn, behind the results before it', async () => {
  const items = (async function* () {
    yield* [1, 2];
  })();
  const found: number[] = [];
  const failing = async (item: number): Promise<number> => {
    if (item === 2) throw new Error('two');
    return item;
  };

  await expect(
    (async () => {
      for await (const result of mapInOrder(items, 2, failing)) found.push(result);
    })(),
  ).rejects.toThrow('two');
  expect(found).toEqual([1]);
});

test('a limit lets the next begin when one ends, and is idle when all have', async () => {
  const { work, seen } = counting();
  const limit = createLimit(2);
  const done: number[] = [];
  for (const item of [30, 10, 20]) await limit.begin(async () => void done.push(await work(item)));
  await limit.idle();

  expect(done.sort()).toEqual([100, 200, 300]);
  expect(seen.most).toBe(2);
});
