import { within } from '../../lib/deadline.ts';
import type { Clock } from '../../ports/clock.ts';

/** An answer that is kept for a while, and asked for once for all who want it. */
export type KeptAnswer<Answer> = {
  /** The latest there is; undefined while there is none. Asks for a new one behind this, where it is time. */
  readonly latest: () => Answer | undefined;
  /** The same, where the first one comes soon enough. Never rejects. */
  readonly soon: () => Promise<Answer | undefined>;
};

type Options = {
  readonly clock: Clock;
  readonly forMs: number;
  /** How long the first answer is waited for. */
  readonly firstMs?: number;
};

/** What took long is asked for less often: of each ten moments nine are left for other things. */
const restFactor = 9;

export function keepAnswer<Answer>(
  load: () => Promise<Answer>,
  { clock, forMs, firstMs = 500 }: Options,
): KeptAnswer<Answer> {
  let latest: Answer | undefined;
  let dueAtMs = 0;
  let loading: Promise<void> | undefined;
  const refresh = async (): Promise<void> => {
    const beganMs = clock.now();
    try {
      latest = await load();
    } catch {
      // The one before is still the best that is known.
    }
    const tookMs = clock.now() - beganMs;
    dueAtMs = clock.now() + Math.max(forMs, tookMs * restFactor);
    loading = undefined;
  };
  const ask = (): Promise<void> | undefined => {
    if (loading === undefined && clock.now() >= dueAtMs) loading = refresh();
    return loading;
  };

  return {
    latest: () => {
      void ask();
      return latest;
    },
    soon: async () => {
      const asked = ask();
      if (latest === undefined && asked !== undefined) await within(clock, firstMs, asked);
      return latest;
    },
  };
}
