import type { Clock } from '../ports/clock.ts';

/** Something to wait for, that others may bring forward. */
export type WakeSignal = {
  /** Resolves after so long, or as soon as it rings; at once where it has rung since it was waited for last. */
  readonly wait: (ms: number) => Promise<void>;
  readonly ring: () => void;
};

export function createWakeSignal(clock: Clock): WakeSignal {
  let hasRung = false;
  let wake: (() => void) | undefined;

  return {
    wait: async (ms) => {
      if (!hasRung) {
        await new Promise<void>((resolve) => {
          const cancel = clock.after(ms, resolve);
          wake = () => {
            cancel();
            resolve();
          };
        });
      }
      hasRung = false;
      wake = undefined;
    },
    ring: () => {
      hasRung = true;
      wake?.();
    },
  };
}
