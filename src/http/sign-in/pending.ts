import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../ports/clock.ts';

/** What somebody began and has not finished yet: a browser that was sent to the provider, a device that waits. */
export type Pending<Value> = {
  /** Keeps it for so long. The proof is told to whoever began it alone. */
  readonly add: (key: string, value: Value, forMs: number) => { readonly proof: string };
  /** What is there under the key, for whoever has the proof. */
  readonly get: (key: string, proof: string) => Value | undefined;
  /** The same, once. */
  readonly take: (key: string, proof: string) => Value | undefined;
};

/** More than so many are begun by somebody who means none of them: the oldest are forgotten. */
const pendingMax = 1_000;
const bytes = 24;

type Kept<Value> = { readonly value: Value; readonly digest: Buffer; readonly untilMs: number };

export function createPending<Value>(clock: Clock): Pending<Value> {
  const known = new Map<string, Kept<Value>>();
  const find = (key: string, proof: string): Value | undefined => {
    const kept = known.get(key);
    if (kept === undefined || clock.steady() >= kept.untilMs) return undefined;

    return timingSafeEqual(kept.digest, digestOf(proof)) ? kept.value : undefined;
  };

  return {
    add: (key, value, forMs) => {
      const proof = randomName();
      known.set(key, { value, digest: digestOf(proof), untilMs: clock.steady() + forMs });
      const [oldest] = known.keys();
      if (known.size > pendingMax && oldest !== undefined) known.delete(oldest);

      return { proof };
    },
    get: find,
    take: (key, proof) => {
      const value = find(key, proof);
      if (value !== undefined) known.delete(key);

      return value;
    },
  };
}

/** Nobody guesses it. */
export function randomName(): string {
  return randomBytes(bytes).toString('base64url');
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
