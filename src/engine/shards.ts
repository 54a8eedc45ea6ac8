import { shardOf } from '../../machines/shard.ts';
import type { Holder, LeaseToken } from '../ports/leases.ts';
import { within } from '../ports/within.ts';
import { oncePerKey } from './once-per-key.ts';
import { createOneAtATime, type OneAtATime } from './one-at-a-time.ts';
import { createRenewals, keyOf, stopMsMax } from './renewals.ts';
import type { ShardsDeps } from './shards-deps.ts';

/** Which shards this node works on. A shard is claimed with a lease and given up when the lease is lost. */
export type Shards = {
  /** Claims every free shard now, and every one that becomes free from now on. */
  readonly claimAll: () => Promise<void>;
  /** Claims the shard of a run, now or as soon as it is free. Resolves with whether it is ours now. */
  readonly claimFor: (run: string) => Promise<boolean>;
  readonly owns: (run: string) => boolean;
  /** Claims nothing from now on. What is held stays held, and is renewed. */
  readonly stopClaiming: () => Promise<void>;
  /** Gives every lease back, so that others need not wait for it to expire. */
  readonly release: () => Promise<void>;
};

export async function createShards(deps: ShardsDeps): Promise<Shards> {
  const { leases, clock } = deps;
  const tokens = new Map<number, LeaseToken>();
  const wanted = new Set<number>();
  /** The last claim went wrong, which was told; the next round claims again, and nothing does before. */
  const failing = new Set<number>();
  const queues = new Map<number, OneAtATime>();
  const claimOnce = oncePerKey(claimOrTell);
  const stopping = new AbortController();
  const renewals = createRenewals(deps, { tokens, wanted, queueOf, claim, take, signal: stopping.signal });

  function queueOf(shard: number): OneAtATime {
    const queue = queues.get(shard) ?? createOneAtATime();
    queues.set(shard, queue);

    return queue;
  }

  async function claim(shard: number): Promise<boolean> {
    wanted.add(shard);

    return claimOnce(shard);
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
    if (tokens.has(shard) || stopping.signal.aborted) return tokens.has(shard);
    const token = await takeLease(deps, keyOf(shard));
    if (token === undefined) return false;
    tokens.set(shard, token);
    try {
      if (!stopping.signal.aborted) await deps.onClaimed(shard);
    } catch (error) {
      await giveBack(shard);
      throw error;
    }
    // What was claimed while the node was stopping would be held by nobody who works on it.
    if (stopping.signal.aborted) await giveBack(shard);

    return tokens.has(shard);
  }

  async function giveBack(shard: number): Promise<void> {
    const token = tokens.get(shard);
    tokens.delete(shard);
    if (token !== undefined) await within(clock, stopMsMax, leases.release(keyOf(shard), token));
  }

  function onChange(key: string, current: Holder | undefined): void {
    const shard = Number(key.slice('shard.'.length));
    const free = current === undefined && !tokens.has(shard) && !stopping.signal.aborted;
    if (free && wanted.has(shard) && !failing.has(shard)) void claim(shard);
  }

  await leases.watch(onChange, stopping.signal);
  renewals.start();

  return {
    claimAll: async () => {
      await Promise.all(Array.from({ length: deps.shardCount }, (_, shard) => claim(shard)));
    },
    claimFor: (run) => claim(shardOf(run, deps.shardCount)),
    owns: (run) => tokens.has(shardOf(run, deps.shardCount)),
    stopClaiming: async () => {
      stopping.abort();
      const idle = Promise.all([...queues.values()].map((queue) => queue.idle()));
      await within(clock, stopMsMax, idle);
    },
    release: async () => {
      await renewals.stop();
      await Promise.all([...tokens.keys()].map(giveBack));
    },
  };
}

/** Takes the lease when it is free, or when its holder is dead. */
async function takeLease(
  { leases, holder, isDead }: ShardsDeps,
  key: string,
): Promise<LeaseToken | undefined> {
  const token = await leases.claim(key, holder);
  if (token !== undefined) return token;
  const current = (await leases.holders()).get(key);
  if (current === undefined || !isDead(current)) return undefined;
  await leases.evict(key, current);

  return leases.claim(key, holder);
}
