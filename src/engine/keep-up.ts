import { pausing } from '../lib/abort.ts';
import { backoffMs } from '../lib/retry.ts';
import type { Clock } from '../ports/clock.ts';

/** Something that goes on until the signal aborts. */
export type UnendingWork = (signal: AbortSignal) => Promise<void>;

const pauses = { firstMs: 1_000, mostMs: 30_000 };
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
  let failures = 0;
  while (!signal.aborted) {
    const begunAtMs = clock.steady();
    try {
      await work(signal);
    } catch (error) {
      if (!signal.aborted) onTrouble(error);
    }
    if (signal.aborted) return;
    if (clock.steady() - begunAtMs >= wellMs) failures = 0;
    await pausing(clock, backoffMs(pauses, failures), signal);
    failures += 1;
  }
}
