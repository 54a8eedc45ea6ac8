import { within } from '../lib/deadline.ts';
import type { Clock } from '../ports/clock.ts';

/** Something that is made once for the ports of a process, such as a cache, and kept as long as they are. */
export function keptFor<Ports extends object, Kept>(make: (ports: Ports) => Kept): (ports: Ports) => Kept {
  const known = new WeakMap<Ports, Kept>();

  return (ports) => {
    const kept = known.get(ports) ?? make(ports);
    known.set(ports, kept);

    return kept;
  };
}

/** A cached answer, refreshed once for all who ask. */
export type KeptAnswer<Answer> = {
  /** The latest answer, undefined if there is none yet. Refreshes it in the background when due. */
  readonly latest: () => Answer | undefined;
  /** The same, waiting briefly for the first answer. Never rejects. */
  readonly soon: () => Promise<Answer | undefined>;
};

type Options = {
  readonly clock: Clock;
  readonly forMs: number;
  /** How long callers wait for the first answer. */
  readonly firstMs?: number;
};

/** Slow answers are refreshed less often: at most a tenth of the time is spent on them. */
const restFactor = 9;

export function keepAnswer<Answer>(
  load: () => Promise<Answer>,
  { clock, forMs, firstMs = 500 }: Options,
): KeptAnswer<Answer> {
  let latest: Answer | undefined;
  let dueAtMs = 0;
  let loading: Promise<void> | undefined;
  const refresh = async (): Promise<void> => {
    const beganMs = clock.steady();
    try {
      latest = await load();
    } catch {
      // The previous answer is still the best there is.
    }
    const tookMs = clock.steady() - beganMs;
    dueAtMs = clock.steady() + Math.max(forMs, tookMs * restFactor);
    loading = undefined;
  };
  const ask = (): Promise<void> | undefined => {
    if (loading === undefined && clock.steady() >= dueAtMs) loading = refresh();
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
