import { uptime } from 'node:os';
import type { Clock } from '../ports/clock.ts';

/** How often, in ms, it is looked whether the machine slept. */
const lookEveryMs = 50;
/** The time since the machine was started is told to a hundredth of a second. */
const sleptMsMin = 1_000;

/** The clock of the machine. Its timers do not keep the process alive: what is waited for is in the journal. */
export const systemClock: Clock = {
  now: () => Date.now(),
  steady: createSteady({ awakeMs: () => performance.now(), upMs: () => uptime() * 1_000 }),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

type Sources = {
  /** Stands still while the machine sleeps. */
  readonly awakeMs: () => number;
  /** Goes on then. */
  readonly upMs: () => number;
};

/** A clock that is never set and counts the time that the machine slept. */
export function createSteady({ awakeMs, upMs }: Sources): () => number {
  const begun = { awake: awakeMs(), up: upMs() };
  let lookedAt = begun.awake;
  let sleptMs = 0;

  return () => {
    const awake = awakeMs();
    if (awake - lookedAt >= lookEveryMs) {
      lookedAt = awake;
      const found = upMs() - begun.up - (awake - begun.awake);
      if (found - sleptMs >= sleptMsMin) sleptMs = found;
    }

    return awake - begun.awake + sleptMs;
  };
}
