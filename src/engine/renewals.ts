import type { LeaseToken } from '../ports/leases.ts';
import { within } from '../ports/within.ts';
import type { OneAtATime } from './one-at-a-time.ts';
import type { ShardsDeps } from './shards-deps.ts';

/** How long a store that does not answer may hold a stop up. */
export const stopMsMax = 2_000;
/** The key of a shard's lease. */
export const keyOf = (shard: number) => `shard.${shard}`;

type Held = {
  readonly tokens: Map<number, LeaseToken>;
  readonly wanted: ReadonlySet<number>;
  readonly queueOf: (shard: number) => OneAtATime;
  readonly claim: (shard: number) => Promise<boolean>;
  readonly take: (shard: number) => Promise<boolean>;
  /** Aborts when nothing is claimed any more. */
  readonly signal: AbortSignal;
};

/** Renews what is held in time, and finds out what becomes of a lease that cannot be renewed. */
export function createRenewals(
  deps: ShardsDeps,
  { tokens, wanted, queueOf, claim, take, signal }: Held,
): { readonly start: () => void; readonly stop: () => Promise<void> } {
  const { leases, clock, holder } = deps;
  let released = false;
  let renewing: Promise<unknown> = Promise.resolve();
  let cancelRenewal: () => void = () => undefined;

  async function renewAll(): Promise<void> {
    // Whatever becomes of one lease, the others have to be renewed in time.
    await Promise.all([...tokens].map(([shard, token]) => renew(shard, token)));
    scheduleRenewal();
    if (signal.aborted) return;
    claimMissing().catch(deps.onTrouble);
    deps.onRound();
  }

  async function renew(shard: number, token: LeaseToken): Promise<void> {
    const next = await leases.renew(keyOf(shard), holder, token).catch(() => token);
    if (next === undefined) regainSoon(shard, token);
    else if (tokens.get(shard) === token) tokens.set(shard, next);
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
    const token = await leases.claim(keyOf(shard), holder);
    if (token !== undefined) {
      tokens.set(shard, token);
      if (!signal.aborted) await deps.onRegained(shard);
      return;
    }
    tokens.delete(shard);
    await deps.onLost(shard);
    await take(shard);
  }

  /** Claims again what is wanted and not ours, unless somebody else works on it. */
  async function claimMissing(): Promise<void> {
    const missing = [...wanted].filter((shard) => !tokens.has(shard));
    if (missing.length === 0) return;
    const holders = await leases.holders();
    const free = missing.filter((shard) => {
      const current = holders.get(keyOf(shard));
      return current === undefined || current.node === holder.node || deps.isDead(current);
    });
    await Promise.all(free.map(claim));
  }

  function scheduleRenewal(): void {
    if (released) return;
    cancelRenewal = clock.after(leases.ttlMs / 3, () => {
      renewing = renewAll().catch(deps.onTrouble);
    });
  }

  return {
    start: scheduleRenewal,
    stop: async () => {
      released = true;
      cancelRenewal();
      // A lease whose renewal is on the way has a token that is not known yet.
      if (tokens.size > 0) await within(clock, stopMsMax, renewing);
    },
  };
}
