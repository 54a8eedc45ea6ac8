import type { SomeShards } from '../../../machines/run/record/run-lines.ts';
import { shardOf } from '../../../machines/shard.ts';
import { within } from '../../lib/deadline.ts';
import { createSerialQueue } from '../../lib/serial-queue.ts';
import type { Holder, LeaseToken } from '../../ports/runs/leases.ts';
import { createClaiming } from './claiming.ts';
import { createLeaseAge, createLeaseBoard, type LeaseBoard, memberKeyOf, shardIn } from './lease-board.ts';
import { createRenewals, type ShardsDeps, stopMsMax } from './renewals.ts';
import { createShardHandoff, type ShardHandoff } from './shard-handoff.ts';

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
  /** The shards that are ours now. */
  readonly owned: () => SomeShards;
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
  const fresh = createLeaseAge(clock, leases.ttlMs * freshPart);
  const claiming = createClaiming(deps, { tokens, fresh, signal });
  const { claim, failing, giveBack, queueOf } = claiming;
  const board = createLeaseBoard();
  const sharing = createSharing(deps, { ...claiming, board, tokens, givingAway: () => givingAway });
  const isSurplus = (shard: number) => !signal.aborted && !sharing.isOurs(shard);
  const givingAway: ShardHandoff = createShardHandoff(deps, { tokens, queueOf, giveBack, isSurplus });
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
      if (!sharing.isMember()) asked.add(shard);
      if (tokens.has(shard)) return true;

      // Whose it ought to be takes long to say: it is asked only of what is not ours.
      return sharing.isMember() && !sharing.isOurs(shard) ? false : claim(shard);
    },
    owns: (run) => tokens.has(shardOfRun(run)),
    owned: () => ({ of: [...tokens.keys()], count: deps.shardCount }),
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

/** Has this engine hold its fair share of all shards, from when it joins those that share them until it leaves. */
type Sharing = {
  readonly join: () => Promise<void>;
  readonly isMember: () => boolean;
  /** Whether the shard ought to be ours, as far as is known. */
  readonly isOurs: (shard: number) => boolean;
  /** Whether nobody who lives works on the shard, as far as is known. */
  readonly isFree: (shard: number) => boolean;
  /** Claims what ought to be ours, and gives away what ought not to be, once what was told is taken in. */
  readonly lookSoon: () => void;
  /** A lease that we hold is gone although nobody took it: the store forgot it, and those of others as well. */
  readonly storeForgot: () => void;
  /** Renews the membership and looks whether anything was missed. */
  readonly round: () => Promise<void>;
  readonly leave: () => Promise<void>;
};

type World = {
  readonly board: LeaseBoard;
  readonly tokens: ReadonlyMap<number, LeaseToken>;
  readonly failing: ReadonlySet<number>;
  readonly claim: (shard: number) => Promise<boolean>;
  readonly givingAway: () => ShardHandoff;
};

function createSharing(deps: ShardsDeps, { board, tokens, failing, claim, givingAway }: World): Sharing {
  const { leases, clock, holder, shardCount } = deps;
  const key = memberKeyOf(holder.node);
  const shards = Array.from({ length: shardCount }, (_, shard) => shard);
  const letters = createSerialQueue();
  let member = false;
  let holdOffUntil = 0;
  let isLooking = false;

  /** Claiming one's own lease renews it, and no token has to be kept. */
  async function announce(): Promise<void> {
    await letters.post(async () => void (member && (await leases.claim(key, holder)))).catch(deps.onTrouble);
  }

  function targets(): readonly string[] {
    const living = (each: Holder | undefined): each is Holder => each !== undefined && !deps.isDead(each);
    const owners = new Map<number, string>();
    for (const shard of shards) {
      const other = board.holderOf(shard);
      if (tokens.has(shard)) owners.set(shard, holder.node);
      else if (living(other) && other.node !== holder.node) owners.set(shard, other.node);
    }
    const members = [holder, ...board.members().filter(living)].map(({ node }) => node);

    return fairShares({ shardCount, members, owners, stays: givingAway().stays() });
  }

  function isFree(shard: number): boolean {
    const current = board.holderOf(shard);

    return current === undefined || current.node === holder.node || deps.isDead(current);
  }

  async function look(claimable: (shard: number) => boolean): Promise<void> {
    if (!member || clock.steady() < holdOffUntil) return;
    const ours = targets().map((node) => node === holder.node);
    for (const shard of tokens.keys()) {
      if (ours[shard] === false) givingAway().giveAway(shard).catch(deps.onTrouble);
    }
    const missing = shards.filter((shard) => ours[shard] === true && !tokens.has(shard) && isFree(shard));
    await Promise.all(missing.filter(claimable).map(claim));
  }

  return {
    join: async () => {
      member = true;
      await announce();
      await look(() => true);
    },
    isMember: () => member,
    isOurs: (shard) => targets()[shard] === holder.node,
    isFree,
    lookSoon: () => {
      if (isLooking || !member) return;
      isLooking = true;
      void Promise.resolve().then(() => {
        isLooking = false;
        return look((shard) => !failing.has(shard));
      });
    },
    storeForgot: () => {
      holdOffUntil = clock.steady() + leases.ttlMs / 2;
    },
    round: async () => {
      await announce();
      await look(() => true);
    },
    leave: async () => {
      if (!member) return;
      member = false;
      await within(
        clock,
        stopMsMax,
        letters.post(() => leases.evict(key, holder)),
      );
    },
  };
}

type Claims = {
  readonly shardCount: number;
  /** The engines that share all shards. */
  readonly members: Iterable<string>;
  /** Who works on a shard now; others than members may, too. */
  readonly owners: ReadonlyMap<number, string>;
  /** Shards that their owner had better keep, if it has to give any away. */
  readonly stays?: ReadonlySet<number>;
};

/**
 * Which member should work on each shard, by shard; empty without members. Every shard has one target, no member has
 * two more than another, and no more shards change hands than that takes. Who sees the same comes to the same.
 */
export function fairShares({ shardCount, members, owners, stays = new Set() }: Claims): readonly string[] {
  const shards = Array.from({ length: shardCount }, (_, shard) => shard);
  const ordered = [
    ...shards.filter((shard) => stays.has(shard)),
    ...shards.filter((shard) => !stays.has(shard)),
  ];
  const held = new Map([...new Set(members)].sort().map((member): [string, number[]] => [member, []]));
  for (const shard of ordered) held.get(owners.get(shard) ?? '')?.push(shard);
  // The larger shares go to those who have most: so the fewest shards move. The sort is stable: ties go by name.
  const bySize = [...held].sort(([, a], [, b]) => b.length - a.length);
  const least = Math.floor(shardCount / bySize.length);
  const larger = shardCount % bySize.length;

  const kept = bySize.map(([member, mine], index) => {
    const share = index < larger ? least + 1 : least;
    return { member, mine: mine.slice(0, share), room: Math.max(share - mine.length, 0) };
  });
  const targets = new Map(kept.flatMap(({ member, mine }) => mine.map((shard) => [shard, member])));
  const room = kept.flatMap(({ member, room: left }) => Array.from({ length: left }, () => member));
  for (const shard of shards) {
    const next = targets.has(shard) ? undefined : room.shift();
    if (next !== undefined) targets.set(shard, next);
  }

  return shards.flatMap((shard) => targets.get(shard) ?? []);
}
