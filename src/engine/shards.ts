import { shardOf } from '../../machines/shard.ts';
import type { Clock } from '../ports/clock.ts';
import type { Holder, Leases, LeaseToken } from '../ports/leases.ts';
import { oncePerKey } from './once-per-key.ts';

/** Which shards this node works on. A shard is claimed with a lease and given up when the lease is lost. */
export type Shards = {
  /** Claims every free shard now, and every one that becomes free from now on. */
  readonly claimAll: () => Promise<void>;
  /** Claims the shard of a run, now or as soon as it is free. Resolves with whether it is ours now. */
  readonly claimFor: (run: string) => Promise<boolean>;
  readonly owns: (run: string) => boolean;
  /** Gives every lease back, so that others need not wait for it to expire. */
  readonly stop: () => Promise<void>;
};

export type ShardsDeps = {
  readonly leases: Leases;
  readonly clock: Clock;
  readonly holder: Holder;
  readonly shardCount: number;
  /** Whether a holder is known to be dead, so that its lease need not run out. */
  readonly isDead: (holder: Holder) => boolean;
  readonly onClaimed: (shard: number) => Promise<void>;
  readonly onLost: (shard: number) => Promise<void>;
};

const keyOf = (shard: number) => `shard.${shard}`;

export async function createShards(deps: ShardsDeps): Promise<Shards> {
  const { leases, clock, holder } = deps;
  const tokens = new Map<number, LeaseToken>();
  const wanted = new Set<number>();
  const takeOnce = oncePerKey(take);
  const stopping = new AbortController();
  let cancelRenewal: () => void = () => undefined;

  async function claim(shard: number): Promise<boolean> {
    wanted.add(shard);

    return tokens.has(shard) || takeOnce(shard);
  }

  async function take(shard: number): Promise<boolean> {
    const token = (await leases.claim(keyOf(shard), holder)) ?? (await takeFromTheDead(shard));
    if (token === undefined || stopping.signal.aborted) return false;
    tokens.set(shard, token);
    await deps.onClaimed(shard);

    return true;
  }

  async function takeFromTheDead(shard: number): Promise<LeaseToken | undefined> {
    const current = (await leases.holders()).get(keyOf(shard));
    if (current === undefined || !deps.isDead(current)) return undefined;
    await leases.evict(keyOf(shard), current);

    return leases.claim(keyOf(shard), holder);
  }

  async function renewAll(): Promise<void> {
    // Whatever becomes of one lease, the others have to be renewed in time.
    await Promise.allSettled([...tokens].map(([shard, token]) => renew(shard, token)));
    scheduleRenewal();
  }

  async function renew(shard: number, token: LeaseToken): Promise<void> {
    const next = await leases.renew(keyOf(shard), holder, token).catch(() => token);
    if (!tokens.has(shard)) return;
    if (next !== undefined) {
      tokens.set(shard, next);
      return;
    }
    tokens.delete(shard);
    await deps.onLost(shard);
    await claim(shard);
  }

  function scheduleRenewal(): void {
    if (stopping.signal.aborted) return;
    cancelRenewal = clock.after(leases.ttlMs / 3, () => void renewAll());
  }

  function onChange(key: string, current: Holder | undefined): void {
    const shard = Number(key.slice('shard.'.length));
    if (current === undefined && wanted.has(shard) && !tokens.has(shard) && !stopping.signal.aborted) {
      void claim(shard).catch(() => undefined);
    }
  }

  await leases.watch(onChange, stopping.signal);
  scheduleRenewal();

  return {
    claimAll: async () => {
      await Promise.all(Array.from({ length: deps.shardCount }, (_, shard) => claim(shard)));
    },
    claimFor: (run) => claim(shardOf(run)),
    owns: (run) => tokens.has(shardOf(run)),
    stop: async () => {
      stopping.abort();
      cancelRenewal();
      await Promise.all(
        [...tokens].map(([shard, token]) => leases.release(keyOf(shard), token).catch(() => undefined)),
      );
      tokens.clear();
    },
  };
}
