import { canonicalJson } from '../../events/canonical-json.ts';
import { type Breaker, type BreakerPolicy, emptyBreaker, withOutcome } from '../../machines/run/breaker.ts';
import type { Clock } from '../ports/clock.ts';
import type { Journal } from '../ports/journal.ts';
import { outcomeOf, type RecordedOutcome } from './breaker-outcome.ts';

/** A breaker that is kept up to date. */
export type FollowedBreaker = {
  readonly breaker: Breaker;
  /** The attempts that were let through half open, since when (ms), as long as they have not ended. */
  readonly probes: Map<string, number>;
};

/** Keeps breakers up to date from the journal of all runs. */
export type BreakerFollower = {
  /**
   * The breaker of a task (`<definition id>/<task id>`), once what the journal holds of it is folded; each policy has
   * its own, because definitions change. Rejects when the journal cannot be read.
   */
  readonly follow: (key: string, policy: BreakerPolicy) => Promise<FollowedBreaker>;
  readonly stop: () => void;
  /** Whether it was stopped, or the journal could not be followed on: what it knows is out of date. */
  readonly isOver: () => boolean;
};

type Entry = {
  readonly policy: BreakerPolicy;
  readonly probes: Map<string, number>;
  breaker: Breaker;
  /** Position of the last outcome that is folded. */
  position: number;
  /** What landed while the past is still being read; undefined when it is not. */
  early: RecordedOutcome[] | undefined;
};

/**
 * The journal is watched once for all breakers, from the first one on. A breaker that is asked for later reads its past
 * in a watch of its own, and keeps what the common one tells meanwhile.
 */
export function createBreakerFollower(deps: {
  readonly journal: Journal;
  readonly clock: Clock;
}): BreakerFollower {
  const { journal, clock } = deps;
  const known = new Map<string, Promise<FollowedBreaker>>();
  const entriesOf = new Map<string, Set<Entry>>();
  const over = new AbortController();

  function follow(key: string, policy: BreakerPolicy): Promise<FollowedBreaker> {
    const name = `${key} ${canonicalJson(policy)}`;
    const following = known.get(name);
    if (following !== undefined) return following;
    const begun = begin(key, policy, known.size === 0);
    known.set(name, begun);
    begun.catch(() => known.delete(name));

    return begun;
  }

  async function begin(key: string, policy: BreakerPolicy, isFirst: boolean): Promise<FollowedBreaker> {
    const entry: Entry = { policy, probes: new Map(), breaker: emptyBreaker, position: 0, early: undefined };
    const entries = entriesOf.get(key) ?? new Set();
    entriesOf.set(key, entries.add(entry));
    // Whatever was recorded before cannot keep a breaker open that it has opened.
    const since = Math.max(clock.now() - policy.windowMs - policy.openForMs, 0);
    try {
      await (isFirst ? watchAll(since) : readPast(key, entry, since));
    } catch (error) {
      entries.delete(entry);
      throw error;
    }

    return entry;
  }

  /**
   * Resolves when what there is has been folded; goes on until it is over. What ends it later is met by whoever asks
   * next, who has to read the journal anew.
   */
  function watchAll(since: number): Promise<void> {
    return new Promise((resolve, reject) => {
      watch({ since, signal: over.signal, onCaughtUp: resolve }, (outcome) => {
        for (const entry of entriesOf.get(outcome.breaker) ?? []) take(entry, outcome);
      })
        .finally(() => over.abort())
        .then(resolve, reject);
    });
  }

  async function readPast(key: string, entry: Entry, since: number): Promise<void> {
    entry.early = [];
    const done = new AbortController();
    const signal = AbortSignal.any([over.signal, done.signal]);
    await watch({ since, signal, onCaughtUp: () => done.abort() }, (outcome) => {
      if (outcome.breaker === key) fold(entry, outcome);
    });
    const { early } = entry;
    entry.early = undefined;
    for (const outcome of early) fold(entry, outcome);
  }

  async function watch(
    options: Parameters<Journal['watch']>[0],
    tell: (outcome: RecordedOutcome) => void,
  ): Promise<void> {
    for await (const stored of journal.watch(options)) {
      const outcome = outcomeOf(stored);
      if (outcome !== undefined) tell(outcome);
    }
  }

  return { follow, stop: () => over.abort(), isOver: () => over.signal.aborted };
}

function take(entry: Entry, outcome: RecordedOutcome): void {
  if (entry.early === undefined) fold(entry, outcome);
  else entry.early.push(outcome);
}

function fold(entry: Entry, outcome: RecordedOutcome): void {
  if (outcome.position <= entry.position) return;
  const { breaker, policy, probes } = entry;
  entry.position = outcome.position;
  entry.breaker = withOutcome(breaker, outcome, policy);
  probes.delete(outcome.attempt);
}
