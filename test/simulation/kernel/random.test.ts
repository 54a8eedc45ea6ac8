import { expect, test } from 'vitest';
import { createRandom } from './random.ts';

test('the same seed gives the same numbers, and another seed others', () => {
  const numbers = (seed: number) => {
    const random = createRandom(seed);
    return Array.from({ length: 50 }, () => random.between(0, 1_000));
  };

  expect(numbers(7)).toEqual(numbers(7));
  expect(numbers(8)).not.toEqual(numbers(7));
});

test('every number of a range comes, the ends included, about as often as any other', () => {
  const random = createRandom(1);
  const counts = new Array<number>(10).fill(0);
  for (let draw = 0; draw < 10_000; draw += 1) {
    const drawn = random.between(0, 9);
    counts[drawn] = (counts[drawn] ?? 0) + 1;
  }

  expect(Math.min(...counts)).toBeGreaterThan(850);
  expect(Math.max(...counts)).toBeLessThan(1_150);
});
