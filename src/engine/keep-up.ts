import type { Clock } from '../ports/clock.ts';

/** Something that goes on until the signal aborts. */
export type UnendingWork = (signal: AbortSignal) => Promise<void>;

const pauseMsMin = 1_000;
const pauseMsMax = 30_000;
/** Work that went well for so long fails for the first time. */
const wellMs = 60_000;

/**
 * Does the work until the signal aborts. Work that ends before is begun again, after a pause that grows; of work that
 * fails is told.
 */
export async function keepUp(
  { clock, onTrouble }: { readonly clock: Clock; readonly onTrouble: (error: unknown) => void },
  work: UnendingWork,
  signal: AbortSignal,
): Promise<void> {
  let pauseMs = pauseMsMin;
  while (!signal.aborted) {
    const begunAtMs = clock.now();
    try {
      await work(signal);
    } catch (error) {
      if (!signal.aborted) onTrouble(error);
    }
    if (signal.aborted) return;
    if (clock.now() - begunAtMs >= wellMs) pauseMs = pauseMsMin;
    await pause(clock, pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, pauseMsMax);
  }
}

function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      cancel();
      signal.removeEventListener('abort', over);
      resolve();
    };
    const cancel = clock.after(ms, over);
    signal.addEventListener('abort', over);
  });
}
