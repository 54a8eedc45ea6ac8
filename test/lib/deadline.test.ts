// What comes of a promise when nobody waits for it for long. Method: a clock moved by hand.
import { expect, test } from 'vitest';
import { delay, resultWithin, within } from '../../src/lib/deadline.ts';
import { createManualClock } from '../support/manual-clock.ts';

test('an answer in time is handed on, and a failure is none', async () => {
  const clock = createManualClock();
  expect(await within(clock, 100, Promise.resolve('yes'))).toBe('yes');
  expect(await within(clock, 100, Promise.reject(new Error('gone')))).toBeUndefined();
});

test('what takes longer is not waited for', async () => {
  const clock = createManualClock();
  const answer = within(clock, 100, new Promise(() => {}));
  clock.advance(100);
  expect(await answer).toBeUndefined();
});

test('a failure in time is passed on where the result is asked for, and a late one is not waited for', async () => {
  const clock = createManualClock();
  await expect(resultWithin(clock, 100, Promise.reject(new Error('gone')))).rejects.toThrow('gone');
  const answer = resultWithin(clock, 100, new Promise(() => {}));
  clock.advance(100);
  expect(await answer).toBeUndefined();
});

test('a delay is over when its time has passed', async () => {
  const clock = createManualClock();
  let isOver = false;
  const waiting = delay(clock, 100).then(() => {
    isOver = true;
  });
  clock.advance(99);
  await Promise.resolve();
  expect(isOver).toBe(false);
  clock.advance(1);
  await waiting;
  expect(isOver).toBe(true);
});
