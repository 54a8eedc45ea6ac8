import { type Claimant, createTurnOrder, type TurnOrder } from '../../../machines/agents/turn-order.ts';
import { taskAt } from '../../../machines/chart/task-at.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Entry } from './attempt-entry.ts';

/** Attempts that take turns, by the name of the agent that they are for. */
export type AttemptTurns<Attempt extends object> = {
  /** It waits for a turn, and gets it now or when others make room. Does nothing when it waits or has one. */
  readonly join: (agent: string, attempt: Attempt, claimant: Claimant) => void;
  /** Somebody has begun it. Where turns are offers, it makes room by that. */
  readonly begun: (agent: string, attempt: Attempt) => void;
  /** It needs no turn any more. */
  readonly leave: (agent: string, attempt: Attempt) => void;
  /** Reads the agents' capacities again. */
  readonly look: () => void;
};

type Line<Attempt extends object> = {
  readonly order: TurnOrder<Attempt>;
  readonly holders: Set<Attempt>;
  /** Those that had an offer and are being carried out. */
  readonly inHand: Set<Attempt>;
  readonly keys: LineKeys<Attempt>;
  /** What gets a turn may leave at once: the loop that gave it goes on, and no second one begins. */
  isGiving: boolean;
  /** Ends the wait for the moment from which no place is kept. */
  cancelLook?: (() => void) | undefined;
};

/** Turns that are offers: `aheadMax` of an agent at a time, each until somebody begins it or it is taken back. */
export type Offers<Attempt extends object> = {
  readonly aheadMax: (agent: string) => number;
  readonly onTakenBack: (attempt: Attempt) => void;
};

/**
 * Whose turn it is decides `machines/agents/turn-order.ts`. With `offers` a turn is an offer, which is taken back for
 * whoever comes before it; without, a turn lasts until the attempt leaves. Of many places one is kept for keys that
 * were lately there, see `keepsPlaceFor`.
 */
export function createAttemptTurns<Attempt extends object>({
  clock,
  placesOf,
  onTurn,
  offers,
}: {
  readonly clock: Pick<Clock, 'steady' | 'after'>;
  /** How many attempts of the agent can be carried out at a time. */
  readonly placesOf: (agent: string) => number;
  readonly onTurn: (attempt: Attempt) => void;
  readonly offers?: Offers<Attempt>;
}): AttemptTurns<Attempt> {
  const lines = new Map<string, Line<Attempt>>();

  function lineOf(agent: string): Line<Attempt> {
    const line = lines.get(agent) ?? {
      order: createTurnOrder<Attempt>(),
      holders: new Set<Attempt>(),
      inHand: new Set<Attempt>(),
      keys: createLineKeys<Attempt>(clock),
      isGiving: false,
    };
    lines.set(agent, line);

    return line;
  }

  function hasRoom(agent: string, { order, holders, inHand, keys }: Line<Attempt>): boolean {
    const places = placesOf(agent);
    if (holders.size >= (offers?.aheadMax(agent) ?? places)) return false;
    const key = places < placesToKeepOne ? undefined : order.nextKey();
    const kept = key === undefined ? undefined : keys.keptFrom(key);

    return kept === undefined || holders.size + inHand.size < places - kept;
  }

  function give(agent: string, line: Line<Attempt>): void {
    if (line.isGiving) return;
    line.isGiving = true;
    while (hasRoom(agent, line)) {
      const next = line.order.take();
      if (next === undefined) break;
      line.holders.add(next);
      line.keys.hasTurn(next);
      if (offers === undefined) line.order.used(next);
      onTurn(next);
    }
    line.isGiving = false;
    const keptMs = line.cancelLook === undefined && !line.order.isEmpty() ? line.keys.keptMs() : 0;
    // What is under way may take long, and until it ends nothing else would look again.
    if (keptMs > 0) {
      line.cancelLook = clock.after(keptMs, () => {
        line.cancelLook = undefined;
        give(agent, line);
      });
    }
  }

  function takeBack({ order, holders, keys }: Line<Attempt>): void {
    for (const attempt of order.overtaken()) {
      holders.delete(attempt);
      keys.waits(attempt);
      offers?.onTakenBack(attempt);
    }
  }

  return {
    join: (agent, attempt, claimant) => {
      const line = lineOf(agent);
      if (line.holders.has(attempt)) return;
      line.inHand.delete(attempt);
      line.order.add(attempt, claimant);
      line.keys.waits(attempt, claimant.key);
      if (offers !== undefined) takeBack(line);
      give(agent, line);
    },
    begun: (agent, attempt) => {
      const line = lines.get(agent);
      if (line === undefined || offers === undefined) return;
      line.order.used(attempt);
      line.order.delete(attempt);
      line.holders.delete(attempt);
      if (line.keys.hasTurn(attempt)) line.inHand.add(attempt);
      give(agent, line);
    },
    leave: (agent, attempt) => {
      const line = lines.get(agent);
      if (line === undefined) return;
      line.order.delete(attempt);
      line.holders.delete(attempt);
      line.inHand.delete(attempt);
      line.keys.leaves(attempt);
      give(agent, line);
      if (!line.keys.isEmpty() || !line.order.isEmpty()) return;
      line.cancelLook?.();
      lines.delete(agent);
    },
    look: () => {
      for (const [agent, line] of lines) give(agent, line);
    },
  };
}

/** Of fewer places none is kept: it would be too large a part of them. */
const placesToKeepOne = 8;

/** So long after a key had nothing more to do a place is kept for it. */
const keptForMs = 60_000;

/** The keys of a line: which have somebody waiting, who has a turn, and which were there lately. */
type LineKeys<Attempt extends object> = {
  readonly waits: (attempt: Attempt, key?: string) => void;
  /** Whether the line knows of it. */
  readonly hasTurn: (attempt: Attempt) => boolean;
  readonly leaves: (attempt: Attempt) => void;
  /**
   * How many places are not for the key, as others come and go whose next attempt should find one; undefined: it may be
   * offered more than there is room for. A key that has no turn is never kept waiting.
   */
  readonly keptFrom: (key: string) => 0 | 1 | undefined;
  /** For how long a place is kept yet, if no key comes or goes. */
  readonly keptMs: () => number;
  readonly isEmpty: () => boolean;
};

function createLineKeys<Attempt extends object>(clock: Pick<Clock, 'steady'>): LineKeys<Attempt> {
  const keyOf = new Map<Attempt, string>();
  const waiting = new Set<Attempt>();
  const counts = new Map<string, { waiting: number; turns: number }>();
  /** When each key that was there went, those that went longest ago first. */
  const wentAtMs = new Map<string, number>();

  function count(attempt: Attempt, key: string, by: 1 | -1): void {
    const counted = counts.get(key) ?? { waiting: 0, turns: 0 };
    counted[waiting.has(attempt) ? 'waiting' : 'turns'] += by;
    if (counted.waiting + counted.turns > 0) {
      counts.set(key, counted);
      wentAtMs.delete(key);
      return;
    }
    counts.delete(key);
    forgetGone();
    wentAtMs.set(key, clock.steady());
  }

  function forgetGone(): void {
    for (const [key, atMs] of wentAtMs) {
      if (clock.steady() - atMs < keptForMs) return;
      wentAtMs.delete(key);
    }
  }

  function forget(attempt: Attempt): string | undefined {
    const key = keyOf.get(attempt);
    if (key === undefined) return undefined;
    keyOf.delete(attempt);
    count(attempt, key, -1);
    waiting.delete(attempt);

    return key;
  }

  function remember(attempt: Attempt, key: string | undefined, isWaiting: boolean): void {
    if (key === undefined) return;
    if (isWaiting) waiting.add(attempt);
    keyOf.set(attempt, key);
    count(attempt, key, 1);
  }

  return {
    waits: (attempt, key) => remember(attempt, forget(attempt) ?? key, true),
    hasTurn: (attempt) => {
      const key = forget(attempt);
      remember(attempt, key, false);

      return key !== undefined;
    },
    leaves: forget,
    keptFrom: (key) => {
      forgetGone();
      if ((counts.get(key)?.turns ?? 0) === 0) return undefined;
      if (wentAtMs.size > 0) return 1;
      for (const [each, counted] of counts) if (each !== key && counted.waiting === 0) return 0;

      return undefined;
    },
    keptMs: () => Math.max(0, ([...wentAtMs.values()].at(-1) ?? 0) + keptForMs - clock.steady()),
    isEmpty: () => keyOf.size === 0,
  };
}

/** By its task's priority, its run's fairness key, and since when it waits. */
export function claimantOf({
  run,
  task,
  address,
}: Pick<Entry, 'run' | 'address'> & { readonly task: { readonly priority?: number } }): Claimant {
  const { scheduledAt = run.state.startedAt ?? '' } = taskAt(run.state, address) ?? {};

  return {
    priority: task.priority ?? priorityDefault,
    key: run.state.fairnessKey ?? '',
    sinceMs: Date.parse(scheduledAt),
  };
}

const priorityDefault = 5;
