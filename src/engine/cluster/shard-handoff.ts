import { within } from '../../lib/deadline.ts';
import type { SerialQueue } from '../../lib/serial-queue.ts';
import type { LeaseToken } from '../../ports/runs/leases.ts';
import type { ShardsDeps } from './renewals.ts';

/** Hands shards over to other engines without ending what is under way in them. */
export type ShardHandoff = {
  /** Whether the shard is on its way out: nothing new begins in it. */
  readonly isLeaving: (shard: number) => boolean;
  /** Shards that could not be given away because something long is under way in them. */
  readonly stays: () => ReadonlySet<number>;
  /** Gives the shard away when nothing is under way in it; if that takes too long, it stays, and starts go on. */
  readonly giveAway: (shard: number) => Promise<void>;
  /** Gives every shard away, each when nothing is under way in it, and what is left when the time is over. */
  readonly drain: (limitMs: number) => Promise<void>;
};

type Held = {
  readonly tokens: ReadonlyMap<number, LeaseToken>;
  readonly queueOf: (shard: number) => SerialQueue;
  readonly giveBack: (shard: number, before: () => Promise<void>) => Promise<void>;
  readonly isSurplus: (shard: number) => boolean;
};

/** How long the start of attempts may be held up in a shard for the sake of a fair share. */
const quietMsMax = 10_000;
/** How long a shard that could not be given away is left in peace. */
const stayMs = 60_000;

export function createShardHandoff(
  deps: ShardsDeps,
  { tokens, queueOf, giveBack, isSurplus }: Held,
): ShardHandoff {
  const { clock } = deps;
  const leaving = new Set<number>();
  const stayUntil = new Map<number, number>();
  let draining = false;

  function letGo(shard: number): Promise<void> {
    return giveBack(shard, () => deps.onGiven(shard));
  }

  async function isQuiet(shard: number, limitMs: number): Promise<boolean> {
    const quiet = deps.whenQuiet(shard).then(() => true);

    return (await within(clock, limitMs, quiet)) === true;
  }

  function stays(shard: number): boolean {
    return clock.steady() < (stayUntil.get(shard) ?? 0);
  }

  async function giveAway(shard: number): Promise<void> {
    if (leaving.has(shard) || draining || stays(shard)) return;
    leaving.add(shard);
    try {
      const quiet = await isQuiet(shard, quietMsMax);
      if (!quiet) stayUntil.set(shard, clock.steady() + stayMs);
      await queueOf(shard).post(async () => {
        if (quiet && isSurplus(shard)) await letGo(shard);
      });
    } finally {
      leaving.delete(shard);
      deps.onMayBegin();
    }
  }

  return {
    isLeaving: (shard) => draining || leaving.has(shard),
    stays: () => {
      for (const shard of stayUntil.keys()) {
        if (!stays(shard)) stayUntil.delete(shard);
      }
      return new Set(stayUntil.keys());
    },
    giveAway,
    drain: async (limitMs) => {
      draining = true;
      const leave = async (shard: number): Promise<void> => {
        await isQuiet(shard, limitMs);
        await queueOf(shard).post(() => letGo(shard));
      };
      // Whatever becomes of one shard, the others are given away.
      const left = await Promise.allSettled([...tokens.keys()].map(leave));
      for (const each of left) if (each.status === 'rejected') deps.onTrouble(each.reason);
    },
  };
}
