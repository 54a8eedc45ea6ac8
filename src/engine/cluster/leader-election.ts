import { within } from '../../lib/deadline.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Holder, Leases, LeaseToken } from '../../ports/runs/leases.ts';
import { keepUp, type UnendingWork } from '../keep-up.ts';
import { createWakeSignal } from '../wake-signal.ts';
import { takeLease } from './claiming.ts';
import { stopMsMax } from './renewals.ts';

/** One among the engines: it does what only one of them need do. */
export type LeaderElection = {
  readonly start: () => void;
  /** Whether it is this one, as far as is known. */
  readonly isHolding: () => boolean;
  /** Ends the work and gives the lease up, so that another may go on at once. */
  readonly stop: () => Promise<void>;
};

export type LeaderElectionDeps = {
  readonly leases: Leases;
  readonly clock: Clock;
  readonly holder: Holder;
  readonly isDead: (holder: Holder) => boolean;
  /** Told when it becomes this one, and when it is not any more. */
  readonly onHolding?: ((isHolding: boolean) => void) | undefined;
  readonly onTrouble: (error: unknown) => void;
};

/** How often it is looked whether the holder has died, where that can be told without the store. */
const lookMs = 500;

/**
 * Has all of `works` done side by side by whoever holds the lease `key`, from when it is taken until it is lost: then
 * their signal aborts. The lease is for liveness only: for a moment two may be at it, which the works have to bear.
 */
export function createLeaderElection(
  deps: LeaderElectionDeps,
  { key, works }: { readonly key: string; readonly works: readonly UnendingWork[] },
): LeaderElection {
  const { leases, clock, holder, isDead, onHolding, onTrouble } = deps;
  const stopping = new AbortController();
  const bell = createWakeSignal(clock);
  let other: Holder | undefined;
  let hasNews = false;
  let isTold = false;
  let isHolding = false;
  let done: Promise<unknown> = Promise.resolve();

  async function takeTurns(): Promise<void> {
    while (!stopping.signal.aborted) {
      const sentAtMs = clock.steady();
      const token = await claimed();
      if (token === undefined) await untilWorthATry();
      else await hold(token, sentAtMs);
    }
  }

  /** A store that does not answer is told of once, until it does. */
  async function claimed(): Promise<LeaseToken | undefined> {
    try {
      const token = await takeLease(deps, key);
      isTold = false;

      return token;
    } catch (error) {
      if (!isTold) onTrouble(error);
      isTold = true;

      return undefined;
    }
  }

  async function untilWorthATry(): Promise<void> {
    for (let waitedMs = 0; waitedMs < leases.ttlMs / 3 && !hasNews; waitedMs += lookMs) {
      await bell.wait(lookMs);
      if (stopping.signal.aborted || (other !== undefined && isDead(other))) return;
    }
    hasNews = false;
  }

  async function hold(token: LeaseToken, sentAtMs: number): Promise<void> {
    const lost = new AbortController();
    const signal = AbortSignal.any([lost.signal, stopping.signal]);
    say(true);
    const worked = Promise.all(works.map((work) => keepUp(deps, work, signal)));
    const last = await kept(token, sentAtMs);
    say(false);
    lost.abort();
    await within(clock, stopMsMax, worked);
    if (last !== undefined) await within(clock, stopMsMax, leases.release(key, last));
  }

  /** Keeps the lease. Resolves with its token when it is to be given up, and without one when it was lost. */
  async function kept(first: LeaseToken, firstSentAtMs: number): Promise<LeaseToken | undefined> {
    let [token, endsAtMs] = [first, firstSentAtMs + leases.ttlMs];
    const turnMs = () => Math.min(leases.ttlMs / 3, endsAtMs - clock.steady());
    while (!stopping.signal.aborted) {
      await bell.wait(turnMs());
      if (stopping.signal.aborted) break;
      const sentAtMs = clock.steady();
      const next = await within(clock, turnMs(), renewed(token));
      // Whoever could not renew it in time does not know whether another has it by now.
      if (next === 'lost' || (next === undefined && clock.steady() >= endsAtMs)) return undefined;
      if (next !== undefined) [token, endsAtMs] = [next, sentAtMs + leases.ttlMs];
    }

    return token;
  }

  /** A renewal that is refused need not mean that another has it: an answer may have been lost, or the store forgot. */
  async function renewed(token: LeaseToken): Promise<LeaseToken | 'lost'> {
    return (await leases.renew(key, holder, token)) ?? (await leases.claim(key, holder)) ?? 'lost';
  }

  function say(now: boolean): void {
    isHolding = now;
    onHolding?.(now);
  }

  function changed(changedKey: string, current: Holder | undefined): void {
    if (changedKey !== key) return;
    const isNews = current?.node !== other?.node;
    other = current?.node === holder.node ? undefined : current;
    // Of one's own renewals nothing has to be made.
    if (current !== undefined && (other === undefined || !isNews)) return;
    hasNews = true;
    bell.ring();
  }

  return {
    start: () => {
      // Without the word of the store it is asked now and then, all the same.
      leases.watch(changed, stopping.signal).catch(onTrouble);
      done = takeTurns().catch(onTrouble);
    },
    isHolding: () => isHolding,
    stop: async () => {
      stopping.abort();
      bell.ring();
      await done;
    },
  };
}
