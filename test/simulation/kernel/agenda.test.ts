import { expect, test } from 'vitest';
import { createAgenda } from './agenda.ts';
import { createRandom } from './random.ts';

test('everything happens in the order of its time, however it was entered', () => {
  const random = createRandom(3);
  const agenda = createAgenda(random, 0);
  const happened: number[] = [];
  for (let entry = 0; entry < 500; entry += 1)
    agenda.after(random.between(0, 1_000), () => happened.push(agenda.nowMs()));
  while (agenda.next(Number.POSITIVE_INFINITY));

  expect(happened).toHaveLength(500);
  expect(happened).toEqual(happened.toSorted((one, other) => one - other));
});

test('what falls on the same moment comes in another order with another seed, and in the same with the same', () => {
  const order = (seed: number): readonly number[] => {
    const agenda = createAgenda(createRandom(seed), 0);
    const happened: number[] = [];
    for (let entry = 0; entry < 20; entry += 1) agenda.after(5, () => happened.push(entry));
    while (agenda.next(10));
    return happened;
  };

  expect(order(1)).toEqual(order(1));
  expect(order(1)).not.toEqual(order(2));
});

test('what was taken off the agenda does not happen, and nothing happens after the given time', () => {
  const agenda = createAgenda(createRandom(1), 0);
  const happened: string[] = [];
  agenda.after(1, () => happened.push('one'))();
  agenda.after(2, () => happened.push('two'));
  agenda.after(3, () => happened.push('three'));
  while (agenda.next(2));

  expect(happened).toEqual(['two']);
  expect(agenda.nowMs()).toBe(2);
});
