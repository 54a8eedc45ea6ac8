import type { Clock } from '../../../ports/clock.ts';
import { untilAborted } from '../../../ports/until-aborted.ts';
import { CliFailure } from '../cli-failure.ts';

const lookEveryMs = 150;

/**
 * What `look` finds, as soon as it finds anything. Rejects with the reason of the signal once that aborts, and with
 * CliFailure when it has taken too long: `what` says what there was to wait for.
 */
export async function until<Found>(
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  { what, mostMs }: { readonly what: string; readonly mostMs: number },
  look: () => Promise<Found | undefined>,
): Promise<Found> {
  const endMs = clock.now() + mostMs;
  for (;;) {
    signal.throwIfAborted();
    const found = await untilAborted(signal, look());
    if (found !== undefined) return found;
    if (clock.now() >= endMs) {
      throw new CliFailure('wait.timeout', `${what} took longer than ${mostMs / 1000} s`, 'workflow doctor');
    }
    await untilAborted(signal, new Promise<void>((resolve) => void clock.after(lookEveryMs, resolve)));
  }
}
