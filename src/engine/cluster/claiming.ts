import { within } from '../../lib/deadline.ts';
import { oncePerKey } from '../../lib/once.ts';
import { createSerialQueue, type SerialQueue } from '../../lib/serial-queue.ts';
import type { LeaseToken } from '../../ports/runs/leases.ts';
import { type LeaseAge, leaseKeyOf } from './lease-board.ts';
import { type ShardsDeps, stopMsMax } from './renewals.ts';

/** Takes shards and gives them back, for each shard one thing after another. */
export type Claiming = {
  readonly queueOf: (shard: number) => SerialQueue;
  /** Takes the shard if it is free, and tells if that goes wrong. Resolves with whether it is ours now. */
  readonly claim: (shard: number) => Promise<boolean>;
  /** The same, for whoever has the turn in the queue of the shard. */
  readonly take: (shard: number) => Promise<boolean>;
  /** The shard is no longer ours from here on; the lease goes when what has to come before is done. */
  readonly giveBack: (shard: number, before?: () => Promise<void>) => Promise<void>;
  /** The last claim went wrong, which was told; the next round claims again, and nothing does before. */
  readonly failing: ReadonlySet<number>;
  /** Resolves when nothing is under way for any shard. */
  readonly idle: () => Promise<unknown>;
};

type Held = {
  readonly tokens: Map<number, LeaseToken>;
  readonly fresh: LeaseAge;
  /** Aborts when nothing is claimed any more. */
  readonly signal: AbortSignal;
};

export function createClaiming(deps: ShardsDeps, { tokens, fresh, signal }: Held): Claiming {
  const { leases, clock } = deps;
  const failing = new Set<number>();
  const queues = new Map<number, SerialQueue>();

  function queueOf(shard: number): SerialQueue {
    const queue = queues.get(shard) ?? createSerialQueue();
    queues.set(shard, queue);

    return queue;
  }

  async function claimOrTell(shard: number): Promise<boolean> {
    try {
      const ours = await queueOf(shard).post(() => take(shard));
      failing.delete(shard);

      return ours;
    } catch (error) {
      if (!failing.has(shard)) deps.onTrouble(error);
      failing.add(shard);

      return false;
    }
  }

  async function take(shard: number): Promise<boolean> {
    if (tokens.has(shard) || signal.aborted) return tokens.has(shard);
    const sentAt = clock.steady();
    const token = await takeLease(deps, leaseKeyOf(shard));
    if (token === undefined) return false;
    tokens.set(shard, token);
    fresh.renewed(shard, sentAt);
    try {
      // What was claimed while the node was stopping would be held by nobody who works on it. What is worked on by
      // then is given up by whoever stops the node, with everything else.
      if (signal.aborted) await giveBack(shard);
      else await deps.onClaimed(shard);
    } catch (error) {
      await giveBack(shard);
      throw error;
    }

    return tokens.has(shard);
  }

  async function giveBack(shard: number, before?: () => Promise<void>): Promise<void> {
    const token = tokens.get(shard);
    if (token === undefined) return;
    tokens.delete(shard);
    fresh.forget(shard);
    try {
      await before?.();
    } finally {
      await within(clock, stopMsMax, leases.release(leaseKeyOf(shard), token));
    }
  }

  return {
    queueOf,
    claim: oncePerKey(claimOrTell),
    take,
    giveBack,
    failing,
    idle: () => Promise.all([...queues.values()].map((queue) => queue.idle())),
  };
}

/** Takes the lease when it is free, or when its holder is dead. */
export async function takeLease(
  { leases, holder, isDead }: Pick<ShardsDeps, 'leases' | 'holder' | 'isDead'>,
  key: string,
): Promise<LeaseToken | undefined> {
  const token = await leases.claim(key, holder);
  if (token !== undefined) return token;
  const current = (await leases.holders()).get(key);
  if (current === undefined || !isDead(current)) return undefined;
  await leases.evict(key, current);

  return leases.claim(key, holder);
}
