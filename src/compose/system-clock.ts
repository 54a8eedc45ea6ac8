import type { Clock } from '../ports/clock.ts';

/** The clock of the machine. Its timers do not keep the process alive: what is waited for is in the journal. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
