export type Rate = { readonly burst: number; readonly perSecond: number };

export type RateLimit = {
  /** Takes tokens of the key's bucket, by default one; returns the seconds to wait if it has fewer. */
  take(key: string, tokens?: number): number | undefined;
  /** The same without taking a token. */
  waitOf(key: string): number | undefined;
};

/** How many keys are remembered: the one unseen for longest is forgotten, and starts anew. */
const keysMax = 10_000;

/** A token bucket for each key: `burst` at once, `perSecond` refilled. */
export function createRateLimit(clock: { steady(): number }, { burst, perSecond }: Rate): RateLimit {
  const buckets = new Map<string, { readonly left: number; readonly atMs: number }>();
  const leftOf = (key: string): number => {
    const bucket = buckets.get(key);
    if (bucket === undefined) return burst;

    return Math.min(burst, bucket.left + ((clock.steady() - bucket.atMs) / 1_000) * perSecond);
  };
  const waitOf = (key: string, tokens = 1): number | undefined => {
    const left = leftOf(key);

    return left >= tokens ? undefined : Math.ceil((tokens - left) / perSecond);
  };

  return {
    waitOf,
    take: (key, tokens = 1) => {
      const wait = waitOf(key, tokens);
      if (wait !== undefined) return wait;
      const left = leftOf(key) - tokens;
      // Moved to the end: the map forgets from the front.
      buckets.delete(key);
      buckets.set(key, { left, atMs: clock.steady() });
      const [oldest] = buckets.keys();
      if (buckets.size > keysMax && oldest !== undefined) buckets.delete(oldest);

      return undefined;
    },
  };
}
