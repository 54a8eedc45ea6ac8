import type { Clock } from '../ports/clock.ts';

/** How much of a worker's capacity is used. */
export type Utilisation = {
  /** To be told whenever the number of items under way changes. */
  readonly running: (count: number) => void;
  /** The part of the capacity that was used in the last minute, from 0 to 1. To be asked every few seconds. */
  readonly ratio: () => number;
};

const windowMs = 60_000;

/** Measures what is used from now on. */
export function measureUtilisation(clock: Clock, capacity: number): Utilisation {
  let count = 0;
  let busyMs = 0;
  let atMs = clock.now();
  let asked = [{ atMs, busyMs }];

  const measure = (): void => {
    const nowMs = clock.now();
    busyMs += count * Math.max(0, nowMs - atMs);
    atMs = nowMs;
  };

  return {
    running: (now) => {
      measure();
      count = now;
    },
    ratio: () => {
      measure();
      // The last one from before the minute stays, so that a whole minute is looked at.
      const before = asked.findLast((point) => atMs - point.atMs >= windowMs);
      asked = [...asked.slice(before === undefined ? 0 : asked.indexOf(before)), { atMs, busyMs }];
      const since = asked[0] ?? { atMs, busyMs };
      const spanMs = atMs - since.atMs;
      const used = spanMs > 0 ? (busyMs - since.busyMs) / spanMs : count;

      return Math.min(1, Math.max(0, used / capacity));
    },
  };
}
