// What many ask for is found out once. Method: a clock that is moved by hand, and a question that counts.
import { expect, test } from 'vitest';
import { keepAnswer } from '../../../src/operations/kept-for.ts';
import { createManualClock } from '../../support/manual-clock.ts';

function open(load?: () => Promise<number>) {
  const clock = createManualClock();
  let asked = 0;
  const count = async (): Promise<number> => {
    asked += 1;
    return asked;
  };
  const kept = keepAnswer(load ?? count, { clock, forMs: 1_000, firstMs: 500 });

  return { clock, kept, asked: () => asked };
}

test('asks once for all who want the answer, and again when it is old', async () => {
  const { clock, kept, asked } = open();
  expect(await Promise.all([kept.soon(), kept.soon()])).toEqual([1, 1]);
  clock.advance(999);
  expect(kept.latest()).toBe(1);
  expect(asked()).toBe(1);

  clock.advance(1);
  // The old one is told at once; the new one comes behind it.
  expect(kept.latest()).toBe(1);
  await Promise.resolve();
  expect(asked()).toBe(2);
  await expect.poll(() => kept.latest()).toBe(2);
});

test('does not wait longer for the first answer than it may', async () => {
  const { clock, kept } = open(() => new Promise(() => {}));
  const soon = kept.soon();
  clock.advance(500);

  expect(await soon).toBeUndefined();
});

test('keeps the answer that it had when there is no other', async () => {
  let isBroken = false;
  const { clock, kept } = open(async () => {
    if (isBroken) throw new Error('no server');
    return 7;
  });
  await kept.soon();
  isBroken = true;
  clock.advance(1_000);
  await kept.soon();

  expect(await kept.soon()).toBe(7);
});

test('asks less often for what takes long', async () => {
  let release = (): void => {};
  let asked = 0;
  const { clock, kept } = open(() => {
    asked += 1;
    return new Promise((resolve) => {
      release = () => resolve(asked);
    });
  });
  const first = kept.soon();
  clock.advance(400);
  release();
  await first;
  clock.advance(3_599);
  kept.latest();
  expect(asked).toBe(1);
  clock.advance(1);
  kept.latest();
  expect(asked).toBe(2);
});
