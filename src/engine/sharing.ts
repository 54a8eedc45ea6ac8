import type { Holder, LeaseToken } from '../ports/leases.ts';
import { within } from '../ports/within.ts';
import { fairShares } from './fair-shares.ts';
import type { GivingAway } from './giving-away.ts';
import type { LeaseBoard } from './lease-board.ts';
import { memberKeyOf } from './lease-keys.ts';
import { createOneAtATime } from './one-at-a-time.ts';
import { stopMsMax } from './renewals.ts';
import type { ShardsDeps } from './shards-deps.ts';

/** Has this engine hold its fair share of all shards, from when it joins those that share them until it leaves. */
export type Sharing = {
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
  readonly givingAway: () => GivingAway;
};

export function createSharing(
  deps: ShardsDeps,
  { board, tokens, failing, claim, givingAway }: World,
): Sharing {
  const { leases, clock, holder, shardCount } = deps;
  const key = memberKeyOf(holder.node);
  const shards = Array.from({ length: shardCount }, (_, shard) => shard);
  const letters = createOneAtATime();
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
    if (!member || clock.now() < holdOffUntil) return;
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
      holdOffUntil = clock.now() + leases.ttlMs / 2;
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
