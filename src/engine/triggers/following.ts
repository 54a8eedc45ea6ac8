import { isFinal } from '../../../machines/compile/task-status.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventPublisher } from '../../ports/event-publisher.ts';
import type { Journal, Stored } from '../../ports/journal.ts';
import { JournalUnavailable } from '../../ports/journal-errors.ts';
import type { Snapshots } from '../../ports/snapshots.ts';
import type { TriggerMarks } from '../../ports/trigger-marks.ts';
import { untilAborted } from '../../ports/until-aborted.ts';
import type { Charts } from '../charts.ts';
import { type AwaitingIndex, type AwaitingRuns, createAwaitingIndex } from './awaiting-runs.ts';
import { createJournalFeed } from './journal-feed.ts';
import { type Outbound, outboundOf } from './outbound-of.ts';
import { createRecentRecords } from './recent-records.ts';
import { relay } from './relay.ts';
import { openRelayMark } from './relay-mark.ts';

export type FollowingDeps = {
  readonly journal: Journal;
  readonly charts: Charts;
  readonly marks: TriggerMarks;
  readonly events: EventPublisher;
  readonly clock: Clock;
  /** Makes the reading of long runs quicker. */
  readonly snapshots?: Snapshots | undefined;
  readonly onTrouble: (error: unknown) => void;
};

/** Follows the journal of all runs: for those who ask which of them wait for a signal, and for other programs. */
export type Following = {
  readonly awaiting: AwaitingRuns;
  /** Until the signal aborts. Rejects where the journal cannot be followed: to be begun again. */
  readonly run: (signal: AbortSignal) => Promise<void>;
};

export function createFollowing(deps: FollowingDeps): Following {
  const { journal } = deps;
  let index: AwaitingIndex | undefined;

  async function run(signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const ofThisTime = createAwaitingIndex(journal);
    index = ofThisTime;
    // What ends one part ends the other, which may still have something to put in order.
    const fail = (error: unknown) => over.abort(error);
    const parts = follow(deps, ofThisTime, AbortSignal.any([signal, over.signal]));
    await Promise.all(parts.map((part) => part.catch(fail)));
    ofThisTime.end();
    if (over.signal.aborted && !signal.aborted) throw over.signal.reason;
  }

  return {
    run,
    awaiting: {
      of: (name) =>
        index?.of(name) ?? Promise.reject(new JournalUnavailable('the journal is not followed yet')),
    },
  };
}

/** Two things side by side. They end when the signal aborts, also where the journal does not answer. */
function follow(
  deps: FollowingDeps,
  index: AwaitingIndex,
  signal: AbortSignal,
): readonly [Promise<void>, Promise<void>] {
  const { journal, marks } = deps;
  const soon = <T>(work: Promise<T>) => untilAborted(signal, work);
  const feeding = soon(journal.end()).then((from) => ({
    from,
    feed: createJournalFeed(journal, { from, signal }),
  }));

  async function watch(): Promise<void> {
    const { from, feed } = await feeding;
    await soon(index.begin(from));
    await feed.run(index.see);
  }

  async function tell(): Promise<void> {
    const { feed } = await feeding;
    const mark = await soon(openRelayMark(marks, journal));
    const recent = createRecentRecords();
    const messages = recent.noting(feed.read(mark.position));
    const outbound = async (stored: Stored): Promise<Outbound> => {
      const made = await outboundOf({ ...deps, recent }, stored);
      if (stored.kind === 'record' && isFinal(stored.record.data.head.status)) recent.forget(stored.run);

      return made;
    };
    await relay({ ...deps, outboundOf: outbound }, { messages, mark, signal });
  }

  return [watch(), tell()];
}
