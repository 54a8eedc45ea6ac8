import { shardOf } from '../../machines/shard.ts';
import type { Holder, LeaseToken } from '../ports/leases.ts';
import { within } from '../ports/within.ts';
import { createClaiming } from './claiming.ts';
import { createFreshness } from './freshness.ts';
import { createGivingAway, type GivingAway } from './giving-away.ts';
import { createLeaseBoard } from './lease-board.ts';
import { shardIn } from './lease-keys.ts';
import { createRenewals, stopMsMax } from './renewals.ts';
import type { ShardsDeps } from './shards-deps.ts';
import { createSharing } from './sharing.ts';

/** Which shards this node works on. A shard is claimed with a lease and given up when the lease is lost. */
export type Shards = {
  /** Shares all shards with the other nodes that do so: claims a fair share now, and keeps it fair from now on. */
  readonly share: () => Promise<void>;
  /**
   * Claims the shard of a run, now or as soon as it is free; a node that shares all shards leaves it to whoever ought
   * to have it. Resolves with whether it is ours now.
   */
  readonly claimFor: (run: string) => Promise<boolean>;
  readonly owns: (run: string) => boolean;
  /** Whether attempts of the run may begin: it is ours by a lease that is fresh, and stays ours for now. */
  readonly mayBegin: (run: string) => boolean;
  /** Since when the lease has been fresh without a break; now, while it is not. */
  readonly freshSinceMs: (run: string) => number;
  /** Claims nothing from now on. What is held stays held, and is renewed. */
  readonly stopClaiming: () => Promise<void>;
  /** Claims nothing from now on, and gives every shard to others once nothing is under way in it. */
  readonly drain: (limitMs: number) => Promise<void>;
  /** Gives every lease back, so that others need not wait for it to expire. */
  readonly release: () => Promise<void>;
};

/** The part of the time to live after which a lease that was not renewed is too old to begin anything under it. */
const freshPart = 0.6;

export async function createShards(deps: ShardsDeps): Promise<Shards> {
  const { leases, clock, holder } = deps;
  const tokens = new Map<number, LeaseToken>();
  /** What single runs need; nothing in a node that shares all shards. */
  const asked = new Set<number>();
  const stopping = new AbortController();
  const { signal } = stopping;
  const fresh = createFreshness(clock, leases.ttlMs * freshPart);
  const claiming = createClaiming(deps, { tokens, fresh, signal });
  const { claim, failing, giveBack, queueOf } = claiming;
  const board = createLeaseBoard();
  const sharing = createSharing(deps, { ...claiming, board, tokens, givingAway: () => givingAway });
  const isSurplus = (shard: number) => !signal.aborted && !sharing.isOurs(shard);
  const givingAway: GivingAway = createGivingAway(deps, { tokens, queueOf, giveBack, isSurplus });
  const renewals = createRenewals(deps, { ...claiming, tokens, fresh, claimMissing, signal });
  const shardOfRun = (run: string) => shardOf(run, deps.shardCount);

  function onChange(key: string, current: Holder | undefined): void {
    board.told(key, current);
    const shard = shardIn(key);
    if (shard !== undefined && !signal.aborted) onShardChange(shard, current);
    sharing.lookSoon();
  }

  function onShardChange(shard: number, current: Holder | undefined): void {
    const token = tokens.get(shard);
    if (token === undefined) {
      if (current === undefined && asked.has(shard) && !failing.has(shard)) void claim(shard);
    } else if (current === undefined) sharing.storeForgot();
    else if (current.node !== holder.node) renewals.regainSoon(shard, token);
  }

  async function claimMissing(): Promise<void> {
    const missing = [...asked].filter((shard) => !tokens.has(shard));
    if (missing.length === 0 && !sharing.isMember()) return;
    await board.refresh(() => leases.holders());
    const free = missing.filter(sharing.isFree);
    await Promise.all([sharing.round(), ...free.map(claim)]);
  }

  async function stopClaiming(): Promise<void> {
    stopping.abort();
    await Promise.all([sharing.leave(), within(clock, stopMsMax, claiming.idle())]);
  }

  await leases.watch(onChange, signal);
  renewals.start();

  return {
    share: () => {
      asked.clear();
      return sharing.join();
    },
    claimFor: async (run) => {
      const shard = shardOfRun(run);
      if (sharing.isMember() && !sharing.isOurs(shard)) return tokens.has(shard);
      if (!sharing.isMember()) asked.add(shard);

      return claim(shard);
    },
    owns: (run) => tokens.has(shardOfRun(run)),
    mayBegin: (run) => {
      const shard = shardOfRun(run);
      return tokens.has(shard) && fresh.isFresh(shard) && !givingAway.isLeaving(shard);
    },
    freshSinceMs: (run) => fresh.sinceMs(shardOfRun(run)),
    stopClaiming,
    drain: async (limitMs) => {
      const drained = givingAway.drain(limitMs);
      await stopClaiming();
      await drained;
    },
    release: async () => {
      await renewals.stop();
      await Promise.all([...tokens.keys()].map((shard) => giveBack(shard)));
    },
  };
}
