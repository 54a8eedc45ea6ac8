import type { Clock } from '../../ports/clock.ts';
import type { EventPublisher } from '../../ports/event-publisher.ts';
import type { FileDrops } from '../../ports/file-drops.ts';
import type { Journal } from '../../ports/journal.ts';
import type { Snapshots } from '../../ports/snapshots.ts';
import type { TriggerMarks } from '../../ports/trigger-marks.ts';
import { within } from '../../ports/within.ts';
import type { Charts } from '../charts.ts';
import { keepUp } from '../keep-up.ts';
import { triggersLease } from '../lease-keys.ts';
import { createSoleHolder, type SoleHolderDeps } from '../sole-holder.ts';
import { createDispatching, type DispatchingDeps } from './dispatching.ts';
import { createFileStarts } from './file-starts.ts';
import { createFollowing } from './following.ts';
import { createKnownTriggers, type KnownTriggers, type KnownTriggersDeps } from './known-triggers.ts';
import { createPausedTriggers } from './paused-triggers.ts';
import { createSchedules } from './schedules.ts';
import { startTriggered, type TriggeredStart } from './start-triggered.ts';

/** What starts runs by itself, in one engine among others that serve. */
export type TriggersNode = {
  readonly known: KnownTriggers;
  readonly start: () => void;
  /** Ends what is under way as far as that can be waited for, and lets another engine go on. */
  readonly stop: () => Promise<void>;
};

export type TriggersNodeDeps = SoleHolderDeps &
  Omit<DispatchingDeps, 'known' | 'paused' | 'awaiting'> & {
    readonly journal: Journal;
    readonly definitions: KnownTriggersDeps['definitions'];
    readonly charts: Charts;
    readonly marks: TriggerMarks;
    readonly events: EventPublisher;
    readonly snapshots?: Snapshots | undefined;
    /** The files of this project; none are watched without. */
    readonly drops?: FileDrops | undefined;
    /** By which schedules are due; `clock` without. */
    readonly scheduleClock?: Clock | undefined;
  };

/** How long what is under way may hold a stop up. */
const stopMsMax = 5_000;

/**
 * Every engine looks at its own files. One of them, the holder of a lease, does the rest: it deals with events, follows
 * the journal, and carries schedules out.
 */
export function createTriggersNode(deps: TriggersNodeDeps): TriggersNode {
  const { clock, drops, scheduleClock = clock } = deps;
  const known = createKnownTriggers(deps);
  const paused = createPausedTriggers(deps);
  const start = (each: TriggeredStart) => startTriggered(deps, each);
  const common = { ...deps, known, paused, start, scheduleClock };
  const following = createFollowing(deps);
  const dispatching = createDispatching({ ...common, awaiting: following.awaiting });
  const schedules = createSchedules(common);
  const desk = createSoleHolder(deps, {
    key: triggersLease,
    // The journal first: events are dealt with once it is known which runs wait for them.
    works: [following.run, dispatching.run, schedules.run],
  });
  const files = drops === undefined ? undefined : createFileStarts({ ...common, drops });
  const stopping = new AbortController();
  let watching: Promise<unknown> = Promise.resolve();

  return {
    known,
    start: () => {
      desk.start();
      if (files !== undefined) watching = keepUp(deps, files.run, stopping.signal);
    },
    stop: async () => {
      stopping.abort();
      await within(clock, stopMsMax, Promise.all([desk.stop(), watching]));
      known.close();
      paused.close();
    },
  };
}
