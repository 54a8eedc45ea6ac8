import type { Clock } from '../../ports/clock.ts';

/** A clock that stands still until it is moved. */
export type VirtualClock = Clock & {
  /** Moves the time on and calls back what falls due on the way, in order. */
  advance(byMs: number): void;
  /**
   * Moves the time on at once, as on a machine that slept, and then calls back what is due, in order: what is set for
   * then in doing so waits. Never moves it back.
   */
  jumpTo(timeMs: number): void;
  /** Sets the clock on the wall, back as well as on. What lasts so long goes on lasting so long. */
  setBy(byMs: number): void;
};

export function createVirtualClock(startMs = Date.parse('2026-01-01T00:00:00Z')): VirtualClock {
  let nowMs = startMs;
  let setByMs = 0;
  const timers = new Set<{ readonly dueAt: number; readonly callback: () => void }>();
  const dueBy = (timeMs: number) =>
    [...timers].filter(({ dueAt }) => dueAt <= timeMs).sort((a, b) => a.dueAt - b.dueAt);

  return {
    now: () => nowMs + setByMs,
    steady: () => nowMs,
    after: (delayMs, callback) => {
      const timer = { dueAt: nowMs + delayMs, callback };
      timers.add(timer);

      return () => timers.delete(timer);
    },
    advance: (byMs) => {
      const end = nowMs + byMs;
      for (;;) {
        const [next] = dueBy(end);
        if (next === undefined) break;
        timers.delete(next);
        nowMs = Math.max(nowMs, next.dueAt);
        next.callback();
      }
      nowMs = end;
    },
    setBy: (byMs) => {
      setByMs += byMs;
    },
    jumpTo: (timeMs) => {
      nowMs = Math.max(nowMs, timeMs - setByMs);
      for (const timer of dueBy(nowMs)) if (timers.delete(timer)) timer.callback();
    },
  };
}
