import { within } from '../../lib/deadline.ts';
import type { SerialQueue } from '../../lib/serial-queue.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Holder, Leases, LeaseToken } from '../../ports/runs/leases.ts';
import { type LeaseAge, leaseKeyOf } from './lease-board.ts';

/** How long a store that does not answer may hold a stop up. */
export const stopMsMax = 2_000;

/** Keeps the leases that are held. */
export type Renewals = {
  readonly start: () => void;
  /** Finds out what became of a lease that seems to be another's. */
  readonly regainSoon: (shard: number, ended: LeaseToken) => void;
  readonly stop: () => Promise<void>;
};

type Held = {
  readonly tokens: Map<number, LeaseToken>;
  readonly fresh: LeaseAge;
  readonly queueOf: (shard: number) => SerialQueue;
  readonly take: (shard: number) => Promise<boolean>;
  readonly giveBack: (shard: number, before: () => Promise<void>) => Promise<void>;
  /** Claims what is wanted and not ours, where nobody works on it. */
  readonly claimMissing: () => Promise<void>;
  /** Aborts when nothing is claimed any more. */
  readonly signal: AbortSignal;
};

/** Renews what is held in time, and finds out what becomes of a lease that cannot be renewed. */
export function createRenewals(
  deps: ShardsDeps,
  { tokens, fresh, queueOf, take, giveBack, claimMissing, signal }: Held,
): Renewals {
  const { leases, clock, holder } = deps;
  let released = false;
  /** Renewals that were not answered yet, by lease and token. */
  const underWay = new Map<string, Promise<void>>();
  /** Shards that are ours again, but what another engine has done there is not known yet. */
  const unsure = new Set<number>();
  let cancelRenewal: () => void = () => undefined;

  async function renewAll(): Promise<void> {
    // Whatever becomes of one lease, and however long it takes, the others have to be renewed in time.
    scheduleRenewal();
    await Promise.all([...tokens].map(([shard, token]) => renewOnce(shard, token)));
    deps.onMayBegin();
    if (signal.aborted) return;
    claimMissing().catch(deps.onTrouble);
    deps.onRound();
  }

  async function renewOnce(shard: number, token: LeaseToken): Promise<void> {
    const key = `${leaseKeyOf(shard)} ${token}`;
    if (underWay.has(key)) return;
    const renewal = renew(shard, token).finally(() => underWay.delete(key));
    underWay.set(key, renewal);
    await renewal;
  }

  async function renew(shard: number, token: LeaseToken): Promise<void> {
    const sentAt = clock.steady();
    const next = await leases.renew(leaseKeyOf(shard), holder, token).catch(() => token);
    // Without an answer the token stays as it was, and the lease grows old.
    if (next === token) return;
    if (next === undefined) {
      regainSoon(shard, token);
    } else if (tokens.get(shard) === token) {
      tokens.set(shard, next);
      if (!unsure.has(shard)) fresh.renewed(shard, sentAt);
    } else {
      // It was given back meanwhile, by the token from before: nobody else would end it.
      await leases.release(leaseKeyOf(shard), next).catch(deps.onTrouble);
    }
  }

  /** Whoever notices does not wait: what has to be done for one shard must not keep the others from being renewed. */
  function regainSoon(shard: number, ended: LeaseToken): void {
    queueOf(shard)
      .post(() => regain(shard, ended))
      .catch(deps.onTrouble);
  }

  /**
   * A lease that cannot be renewed need not be another's: the answer to a renewal may have been lost, or the server
   * may have forgotten all leases in a restart. Only when another holds it is the shard lost.
   */
  async function regain(shard: number, ended: LeaseToken): Promise<void> {
    if (tokens.get(shard) !== ended || released) return;
    const sentAt = clock.steady();
    fresh.forget(shard);
    const token = await leases.claim(leaseKeyOf(shard), holder);
    if (token !== undefined) {
      tokens.set(shard, token);
      if (!signal.aborted) await makeSure(shard);
      fresh.renewed(shard, sentAt);
      deps.onMayBegin();
      return;
    }
    tokens.delete(shard);
    await deps.onLost(shard);
    await take(shard);
  }

  /** Nothing begins before it is known what another engine has done here meanwhile. */
  async function makeSure(shard: number): Promise<void> {
    unsure.add(shard);
    try {
      await deps.onRegained(shard);
    } catch (error) {
      await giveBack(shard, () => deps.onGiven(shard));
      throw error;
    } finally {
      unsure.delete(shard);
    }
  }

  function scheduleRenewal(): void {
    if (released) return;
    cancelRenewal = clock.after(leases.ttlMs / 3, () => {
      renewAll().catch(deps.onTrouble);
    });
  }

  return {
    start: scheduleRenewal,
    regainSoon,
    stop: async () => {
      released = true;
      cancelRenewal();
      // A lease whose renewal is on the way has a token that is not known yet.
      if (tokens.size > 0) await within(clock, stopMsMax, Promise.all(underWay.values()));
    },
  };
}

/** What the shards of a node are made of. */
export type ShardsDeps = {
  readonly leases: Leases;
  readonly clock: Clock;
  readonly holder: Holder;
  readonly shardCount: number;
  /** Whether a holder is known to be dead, so that its lease need not run out. */
  readonly isDead: (holder: Holder) => boolean;
  /** What is done for one shard is done one after another. When this rejects, the shard is given back. */
  readonly onClaimed: (shard: number) => Promise<void>;
  /** The lease had ended without our knowing and is ours again: another may have held the shard in between. */
  readonly onRegained: (shard: number) => Promise<void>;
  /** Another node holds the shard, and may have held it for a while. */
  readonly onLost: (shard: number) => Promise<void>;
  /** The shard is being given to whoever takes it: nobody else holds it yet. */
  readonly onGiven: (shard: number) => Promise<void>;
  /** Called every time the leases were renewed: the time to try again what failed. */
  readonly onRound: () => void;
  /** Called when attempts may begin that had to wait for their shard. */
  readonly onMayBegin: () => void;
  /** Resolves when no attempt of a run of the shard is under way. */
  readonly whenQuiet: (shard: number) => Promise<void>;
  readonly onTrouble: (error: unknown) => void;
};
