// The shard is part of every subject that was ever written, so it may never change: known ids pin it down.
import { expect, test } from 'vitest';
import { isRunId, SHARDS, shardOf } from '../../machines/shard.ts';

test.each([
  ['a', 44],
  ['alpha', 43],
  ['inventory-validation-01jexample', 19],
  ['0', 47],
])('puts %s on the same shard for ever', (run, shard) => {
  expect(shardOf(run)).toBe(shard);
});

test('spreads runs evenly, also when their ids differ at the end only', () => {
  const counts = new Array<number>(SHARDS).fill(0);
  for (let index = 0; index < 6_400; index++) {
    const shard = shardOf(`inventory-validation-${index}`);
    counts[shard] = (counts[shard] ?? 0) + 1;
  }

  expect(Math.min(...counts)).toBeGreaterThan(50);
  expect(Math.max(...counts)).toBeLessThan(200);
});

test.each(['a', '0', 'run-1', '01jexample', 'a'.repeat(64)])('takes %s for a run id', (text) => {
  expect(isRunId(text)).toBe(true);
});

test.each(['', '-a', 'A', 'a_b', 'a.b', 'a*', '>', 'a b', 'a\n', 'ä', 'a'.repeat(65)])(
  'does not take %j for a run id',
  (text) => {
    expect(isRunId(text)).toBe(false);
  },
);
