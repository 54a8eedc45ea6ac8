import type { Clock } from '../ports/clock.ts';

/** Whoever asks has asked too much lately. The reaction: ask again after so long. */
export class TooManyRequests extends Error {
  override readonly name = 'TooManyRequests';
  readonly code = 'http.too-many';
  readonly retryAfterS: number;

  constructor(what: string, retryAfterS: number) {
    super(`${what}; ask again in ${retryAfterS} s`);
    this.retryAfterS = retryAfterS;
  }
}

export type Rate = { readonly burst: number; readonly perSecond: number };

export type RateLimit = {
  /** Takes one of what is left for the key; else says in how many seconds there is one again. */
  take(key: string): number | undefined;
  /** The same without taking it. */
  waitOf(key: string): number | undefined;
};

/** How many keys are remembered: the one that was seen longest ago makes room, and is as good as new. */
const keysMax = 10_000;

/** So much at once, and so much again each second, for each key by itself. */
export function createRateLimit(clock: Pick<Clock, 'now'>, { burst, perSecond }: Rate): RateLimit {
  const buckets = new Map<string, { readonly left: number; readonly atMs: number }>();
  const leftOf = (key: string): number => {
    const bucket = buckets.get(key);
    if (bucket === undefined) return burst;

    return Math.min(burst, bucket.left + ((clock.now() - bucket.atMs) / 1_000) * perSecond);
  };
  const waitOf = (key: string): number | undefined => {
    const left = leftOf(key);

    return left >= 1 ? undefined : Math.ceil((1 - left) / perSecond);
  };

  return {
    waitOf,
    take: (key) => {
      const wait = waitOf(key);
      if (wait !== undefined) return wait;
      const left = leftOf(key) - 1;
      // Put behind all others: those that are seen often stay.
      buckets.delete(key);
      buckets.set(key, { left, atMs: clock.now() });
      const [oldest] = buckets.keys();
      if (buckets.size > keysMax && oldest !== undefined) buckets.delete(oldest);

      return undefined;
    },
  };
}
