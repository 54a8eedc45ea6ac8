// Waiting that a signal ends. Method: a timer that the test lets run out, and signals that it aborts.
import { expect, test } from 'vitest';
import { onAbort, pausing, untilAborted, whenAborted } from '../../src/lib/abort.ts';
import { createManualClock } from '../support/manual-clock.ts';

const never = new Promise<never>(() => {});

test('a listener hears of the abort until it is taken away', () => {
  const controller = new AbortController();
  const heard: string[] = [];
  onAbort(controller.signal, () => heard.push('kept'));
  onAbort(controller.signal, () => heard.push('taken away'))();
  controller.abort();

  expect(heard).toEqual(['kept']);
});

test('work that ends first counts, and work that is still under way is left with the reason of the signal', async () => {
  const controller = new AbortController();
  const { signal } = controller;

  expect(await untilAborted(signal, Promise.resolve(7))).toBe(7);
  const left = untilAborted(signal, never);
  controller.abort(new Error('the worker ends'));
  await expect(left).rejects.toThrow('the worker ends');
  await expect(untilAborted(signal, Promise.resolve(7))).rejects.toThrow('the worker ends');
});

test('an abort is waited for, also where it was before', async () => {
  const controller = new AbortController();
  const waiting = whenAborted(controller.signal);
  controller.abort();

  expect(await waiting).toBeUndefined();
  expect(await whenAborted(controller.signal)).toBeUndefined();
});

test('a pause ends after its time, and leaves nothing behind at the signal', async () => {
  const clock = createManualClock();
  const { signal } = new AbortController();
  const events: string[] = [];
  const pause = pausing(clock, 1_000, signal).then(() => events.push('over'));
  clock.advance(999);
  expect(events).toEqual([]);
  clock.advance(1);
  await pause;

  expect(events).toEqual(['over']);
});

test('a pause ends when the signal aborts, and its timer with it', async () => {
  const timers = new Set<() => void>();
  const timer = {
    after: (_: number, callback: () => void) => {
      timers.add(callback);
      return () => void timers.delete(callback);
    },
  };
  const controller = new AbortController();
  const pause = pausing(timer, 1_000, controller.signal);
  expect(timers.size).toBe(1);
  controller.abort();
  await pause;
  expect(timers.size).toBe(0);

  await pausing(timer, 1_000, controller.signal);
  expect(timers.size).toBe(0);
});
