import type { Head } from '../../../events/record.ts';
import { onceForLater } from '../../lib/once.ts';
import { type Journal, JournalUnavailable, type Stored } from '../../ports/runs/journal.ts';
import type { CurrentRuns } from '../../ports/runs/run-index.ts';

/** Which runs wait for which signals. */
export type AwaitingRuns = {
  /**
   * The runs that waited for the signal when this was asked, or later. Rejects with JournalUnavailable while the
   * journal is not followed here.
   */
  readonly of: (name: string) => Promise<readonly string[]>;
};

/** What the journal tells of it. */
export type AwaitingIndex = AwaitingRuns & {
  /** Takes the state of all runs in; what is seen then has to begin at `from` or before. */
  readonly begin: (from: number) => Promise<void>;
  readonly see: (stored: Stored) => void;
  /** Resolves when all that the journal held when this was called has been seen. Rejects as `of` does. */
  readonly caughtUp: () => Promise<void>;
  /** Whether a run waits for the signal, by what was seen so far. */
  readonly isAwaited: (name: string) => boolean;
  /** It is not followed any more: nobody waits longer. */
  readonly end: () => void;
};

/** Somebody who asked. What they wait for is not known at first. */
type Waiting = { for: number; readonly resolve: () => void; readonly reject: (error: unknown) => void };

export function createAwaitingIndex(
  journal: Pick<Journal, 'end'>,
  runs: Pick<CurrentRuns, 'unfinishedRuns'>,
): AwaitingIndex {
  const namesOf = new Map<string, readonly string[]>();
  const runsOf = new Map<string, Set<string>>();
  const waiting = new Set<Waiting>();
  let position = 0;
  let over: JournalUnavailable | undefined;
  const endNow = onceForLater(() => journal.end());

  function note(run: string, { awaits }: Head): void {
    if (awaits === undefined && !namesOf.has(run)) return;
    for (const name of namesOf.get(run) ?? []) {
      const runs = runsOf.get(name);
      runs?.delete(run);
      if (runs?.size === 0) runsOf.delete(name);
    }
    namesOf.delete(run);
    if (awaits === undefined) return;
    namesOf.set(run, awaits);
    for (const name of awaits) runsOf.set(name, (runsOf.get(name) ?? new Set()).add(run));
  }

  function reach(reached: number): void {
    position = reached;
    for (const each of waiting) settle(each);
  }

  function settle(each: Waiting): void {
    if (each.for > position) return;
    waiting.delete(each);
    each.resolve();
  }

  /** Until what the journal holds now has been seen. */
  function caughtUp(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (over !== undefined) return reject(over);
      const asked: Waiting = { for: Number.POSITIVE_INFINITY, resolve, reject };
      waiting.add(asked);
      endNow().then(
        (end) => {
          asked.for = end;
          settle(asked);
        },
        (error) => {
          waiting.delete(asked);
          reject(error);
        },
      );
    });
  }

  return {
    begin: async (from) => {
      for (const { run, head } of (await runs.unfinishedRuns()).toReversed()) note(run, head);
      // Only now: who asks before has to see every run. What comes is newer than what it replaces, or is replaced.
      reach(from);
    },
    see: (stored) => {
      if (stored.kind === 'record') note(stored.run, stored.record.data.head);
      reach(stored.position);
    },
    caughtUp,
    isAwaited: (name) => runsOf.has(name),
    end: () => {
      over = new JournalUnavailable('the journal is not followed here any more');
      for (const { reject } of waiting) reject(over);
      waiting.clear();
    },
    of: async (name) => {
      await caughtUp();

      return [...(runsOf.get(name) ?? [])];
    },
  };
}
