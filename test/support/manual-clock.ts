import type { Clock } from '../../src/ports/clock.ts';

/** A clock that stands still until it is moved. */
export type ManualClock = Clock & {
  /** Moves the time on and calls back what falls due on the way, in order. */
  advance(byMs: number): void;
};

export function createManualClock(startMs = Date.parse('2026-01-01T00:00:00Z')): ManualClock {
  let nowMs = startMs;
  const timers = new Set<{ readonly dueAt: number; readonly callback: () => void }>();

  return {
    now: () => nowMs,
    after: (delayMs, callback) => {
      const timer = { dueAt: nowMs + delayMs, callback };
      timers.add(timer);

      return () => timers.delete(timer);
    },
    advance: (byMs) => {
      const end = nowMs + byMs;
      for (;;) {
        const [next] = [...timers].filter(({ dueAt }) => dueAt <= end).sort((a, b) => a.dueAt - b.dueAt);
        if (next === undefined) break;
        timers.delete(next);
        nowMs = Math.max(nowMs, next.dueAt);
        next.callback();
      }
      nowMs = end;
    },
  };
}
