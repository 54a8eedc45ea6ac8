import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../ports/clock.ts';

/** What somebody began and has not finished yet: a browser that was sent to the provider, a device that waits. */
export type Pending<Value> = {
  /** Keeps it for so long. The proof is told to whoever began it alone. `from`: the address that it was begun from. */
  readonly add: (key: string, value: Value, forMs: number, from: string) => { readonly proof: string };
  /** What is there under the key, for whoever has the proof. */
  readonly get: (key: string, proof: string) => Value | undefined;
  /** The same, once. */
  readonly take: (key: string, proof: string) => Value | undefined;
};

/**
 * More than so many are begun by somebody who means none of them: the oldest of the address with most of them is
 * forgotten, so that nobody is kept from signing in by others.
 */
const pendingMax = 1_000;
const bytes = 24;

type Kept<Value> = {
  readonly value: Value;
  readonly digest: Buffer;
  readonly untilMs: number;
  readonly from: string;
};

export function createPending<Value>(clock: Clock): Pending<Value> {
  const known = new Map<string, Kept<Value>>();
  const find = (key: string, proof: string): Value | undefined => {
    const kept = known.get(key);
    if (kept === undefined || clock.steady() >= kept.untilMs) return undefined;

    return timingSafeEqual(kept.digest, digestOf(proof)) ? kept.value : undefined;
  };

  return {
    add: (key, value, forMs, from) => {
      const proof = randomName();
      known.set(key, { value, digest: digestOf(proof), untilMs: clock.steady() + forMs, from });
      if (known.size > pendingMax) known.delete(oldestOfMost(known));

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

function oldestOfMost(known: ReadonlyMap<string, Kept<unknown>>): string {
  const counts = new Map<string, number>();
  for (const { from } of known.values()) counts.set(from, (counts.get(from) ?? 0) + 1);
  const most = Math.max(...counts.values());
  const [oldest] = [...known].find(([, { from }]) => counts.get(from) === most) ?? [''];

  return oldest;
}

/** Nobody guesses it. */
export function randomName(): string {
  return randomBytes(bytes).toString('base64url');
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
