// What comes of a promise when nobody waits for it for long. Method: a clock moved by hand.
import { expect, test } from 'vitest';
import { within } from '../../src/ports/within.ts';
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
