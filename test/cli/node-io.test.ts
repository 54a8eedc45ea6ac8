// The terminal as the process sees it. Method: signals are sent to this very process as events; what needs a process of
// its own (a pipe that nobody reads, a second signal) is in test/e2e/cli.test.ts.
import { expect, test } from 'vitest';
import { createNodeIo } from '../../src/cli/node-io.ts';
import { systemClock } from '../../src/compose/system-clock.ts';

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s asks to stop, until nobody wants to hear it',
  (signal) => {
    let asked = 0;
    const before = process.listenerCount(signal);
    const release = createNodeIo(systemClock).onInterrupt(() => {
      asked += 1;
    });
    process.listeners(signal).at(-1)?.(signal);
    release();
    expect(asked).toBe(1);
    expect(process.listenerCount(signal)).toBe(before);
  },
);

test('what is to be done at the end of the process can be called off', () => {
  const before = process.listenerCount('exit');
  const release = createNodeIo(systemClock).onExit(() => {});
  expect(process.listenerCount('exit')).toBe(before + 1);
  release();
  expect(process.listenerCount('exit')).toBe(before);
});

test('an output that is no terminal has a width all the same, and nobody to ask', () => {
  const io = createNodeIo(systemClock);
  expect([io.columns > 0, io.rows > 0]).toEqual([true, true]);
  if (!io.stdinIsTty) expect(io.prompt).toBeUndefined();
});
