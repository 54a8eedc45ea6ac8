import type { Clock } from '../../ports/clock.ts';
import { onAbort } from '../../ports/until-aborted.ts';

/** Resolves after this time, or at once when the signal aborts. */
export function pausing(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const stop = onAbort(signal, () => {
      cancel();
      resolve();
    });
    const cancel = clock.after(ms, () => {
      stop();
      resolve();
    });
  });
}
