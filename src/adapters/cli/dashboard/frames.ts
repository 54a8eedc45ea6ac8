import type { Clock } from '../../../ports/clock.ts';

/** Draws when something changed, at most ten times a second, and once a second anyway: elapsed times move on. */
export type Frames = { readonly soon: () => void; readonly end: () => void };

const frameMsMin = 100;
const tickMs = 1_000;

export function createFrames(clock: Clock, draw: () => void): Frames {
  let drawnAt = Number.NEGATIVE_INFINITY;
  let dueAt = Number.POSITIVE_INFINITY;
  let cancel = (): void => {};
  let ended = false;

  function at(ms: number): void {
    if (ended || ms >= dueAt) return;
    cancel();
    dueAt = ms;
    cancel = clock.after(Math.max(0, ms - clock.now()), () => {
      dueAt = Number.POSITIVE_INFINITY;
      drawnAt = clock.now();
      draw();
      at(drawnAt + tickMs);
    });
  }

  return {
    soon: () => at(Math.max(clock.now(), drawnAt + frameMsMin)),
    end: () => {
      ended = true;
      cancel();
    },
  };
}
