import { delay } from '../../lib/deadline.ts';
import { onceAtATime } from '../../lib/once.ts';
import type { Clock } from '../../ports/clock.ts';
import { RunQuarantined } from '../../ports/runs/journal.ts';
import type { RunSummary } from '../../ports/runs/run-index.ts';
import { RunNotFound } from '../../ports/runs/workflows.ts';
import type { Engine } from '../run/engine.ts';
import type { EngineDeps } from '../run/engine-deps.ts';

/** Takes up the runs of the shards that are ours, and tries again later what could not be read. */
export type Adoption = {
  readonly adopt: (run: string) => Promise<void>;
  /** Takes up every live run of our shards, now and whenever a shard is claimed. */
  readonly adoptAll: () => Promise<void>;
  readonly takeUp: (shard: number) => Promise<void>;
  readonly tryAgain: () => void;
};

type Context = {
  readonly engine: Engine;
  readonly asked: ReadonlySet<string>;
  readonly owns: (run: string) => boolean;
  readonly shardOf: (run: string) => number;
  /** Aborts when the node stops. */
  readonly signal: AbortSignal;
};

/**
 * How often all runs are looked through. An engine that lost a shard without noticing may have begun a run there, and
 * died before it could say so: nothing else would tell whoever owns the shard now.
 */
const sweepMs = 5 * 60_000;
/** A former owner that missed the loss of its lease may append once more: nobody else looks at runs that sleep. */
const settledMs = 60_000;

export function createAdoption(
  deps: Pick<EngineDeps, 'clock' | 'onTrouble'>,
  { engine, asked, owns, shardOf, signal }: Context,
): Adoption {
  const adoptLater = new Set<string>();
  /** Runs that are quarantined, with the end of the journal that was met: not read again for nothing. */
  const quarantined = new Map<string, number>();
  const unread = createUnread(deps.clock, signal, { owns, read: check });
  let all = false;
  let sweepLater = false;
  const times = createSweepTimes(deps.clock);

  async function takeUp(shard: number): Promise<void> {
    for (const run of quarantined.keys()) {
      if (shardOf(run) === shard) quarantined.delete(run);
    }
    for (const run of asked) {
      if (shardOf(run) === shard) await adopt(run);
    }
    times.claimed();
    if (all) void sweep();
  }

  async function adopt(run: string, last?: RunSummary): Promise<void> {
    if (signal.aborted) return;
    adoptLater.delete(run);
    try {
      const isRead = await engine.adopt(run, last);
      if (!isRead && last !== undefined) unread.add({ run, position: last.position });
    } catch (error) {
      // A run that is about to be started is asked for before it has a journal.
      if (error instanceof RunNotFound || signal.aborted) return;
      leaveAlone(run, error, last?.position);
    }
    // The shard may have been lost while the run was read.
    if (!owns(run)) await engine.release((id) => id === run);
  }

  /** Nothing else would read a run that sleeps for months. */
  async function check({ run, position }: MetRun): Promise<void> {
    if (!owns(run)) return;
    try {
      await engine.reader.fold(run);
    } catch (error) {
      if (!(error instanceof RunQuarantined)) return;
      await engine.release((id) => id === run);
      leaveAlone(run, error, position);
    }
  }

  /** What a person has to mend is not tried again and again. */
  function leaveAlone(run: string, error: unknown, position: number | undefined): void {
    if (!(error instanceof RunQuarantined)) adoptLater.add(run);
    else if (position !== undefined) quarantined.set(run, position);
    deps.onTrouble(run, error);
  }

  function tryAgain(): void {
    for (const run of [...adoptLater]) {
      if (owns(run)) void adopt(run);
    }
    if (sweepLater || (all && times.isDue())) void sweep();
  }

  let again = false;
  const sweepOnce = onceAtATime(sweepWhileAsked);
  /** Many shards may be claimed at once: however many come while the index is read, it is read once more for all. */
  function sweep(): Promise<void> {
    again = true;

    return sweepOnce();
  }

  async function sweepWhileAsked(): Promise<void> {
    while (again && !signal.aborted) {
      again = false;
      sweepLater = false;
      times.swept();
      await sweepIndex().catch((error: unknown) => {
        sweepLater = true;
        deps.onTrouble('', error);
      });
    }
  }

  async function sweepIndex(): Promise<void> {
    for (const last of await engine.reader.runs.unfinishedRuns()) {
      if (signal.aborted) return;
      const isMet = quarantined.get(last.run) === last.position;
      if (!isMet && owns(last.run)) await adopt(last.run, last);
    }
  }

  return {
    adopt: (run) => adopt(run),
    adoptAll: () => {
      all = true;
      return sweep();
    },
    takeUp,
    tryAgain,
  };
}

/** When all runs are looked through: every few minutes, and once more when shards that were claimed have settled. */
function createSweepTimes(clock: Clock) {
  let sweptMs = clock.steady();
  let settlesAtMs = Number.POSITIVE_INFINITY;

  return {
    swept: (): void => {
      sweptMs = clock.steady();
      if (sweptMs >= settlesAtMs) settlesAtMs = Number.POSITIVE_INFINITY;
    },
    claimed: (): void => {
      settlesAtMs = clock.steady() + settledMs;
    },
    isDue: (): boolean => {
      const nowMs = clock.steady();

      return nowMs >= settlesAtMs || Math.abs(nowMs - sweptMs) >= sweepMs;
    },
  };
}

/** A run by the position of its last record. */
type MetRun = Pick<RunSummary, 'run' | 'position'>;

/** Between two runs that sleep and are read, to see that their journals are sound. */
const checkEveryMs = 50;

/** Has runs read one by one, in no hurry: there may be a hundred thousand. */
function createUnread(
  clock: Clock,
  signal: AbortSignal,
  { owns, read }: { readonly owns: (run: string) => boolean; readonly read: (last: MetRun) => Promise<void> },
) {
  const waiting = new Map<string, MetRun>();
  let isReading = false;

  async function readAll(): Promise<void> {
    isReading = true;
    for (const [run, last] of waiting) {
      waiting.delete(run);
      if (!owns(run)) continue;
      await delay(clock, checkEveryMs);
      if (signal.aborted) return;
      await read(last);
    }
    isReading = false;
  }

  return {
    add: (last: MetRun): void => {
      waiting.set(last.run, last);
      if (!isReading) void readAll();
    },
  };
}
