import { z } from 'zod';
import { isFinal } from '../../../machines/chart/task-status.ts';
import type { FileTrigger } from '../../../machines/definition.ts';
import { firedByFile } from '../../../machines/triggers/fired-event.ts';
import { inputFor } from '../../../machines/triggers/input-for.ts';
import { triggeredRun } from '../../../machines/triggers/triggered-run.ts';
import { untilAborted, whenAborted } from '../../lib/abort.ts';
import { within } from '../../lib/deadline.ts';
import { engineActor } from '../../ports/access/authority.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventAudience, EventPublisher } from '../../ports/events/event-publisher.ts';
import type { FileDrop, FileDrops } from '../../ports/events/file-drops.ts';
import type { MarkStore } from '../../ports/mark-store.ts';
import { type Journal, JournalUnavailable, type Stored } from '../../ports/runs/journal.ts';
import { createLeaderElection, type LeaderElectionDeps } from '../cluster/leader-election.ts';
import { triggersLease } from '../cluster/lease-board.ts';
import { keepUp, type UnendingWork } from '../keep-up.ts';
import { createMarks } from '../marks.ts';
import { type Outbound, outboundOf } from '../outbound/outbound-of.ts';
import { openRelayMark, relay } from '../outbound/relay.ts';
import type { RunReader } from '../run-reader/run-reader.ts';
import { type AwaitingIndex, type AwaitingRuns, createAwaitingIndex } from './awaiting-runs.ts';
import { createDispatching, type DispatchingDeps } from './dispatching.ts';
import { createHeldEvents } from './held-events.ts';
import { createHeldStart, createStillHeld } from './held-start.ts';
import {
  createKnownTriggers,
  type KnownTrigger,
  type KnownTriggers,
  type KnownTriggersDeps,
} from './known-triggers.ts';
import { createPausedTriggers, type PausedTriggers } from './paused-triggers.ts';
import { createSchedules } from './schedules.ts';
import { type StartOutcome, startTriggered, type TriggeredStart } from './start-triggered.ts';

/** A file starts no run, and will not be tried again as it is. The reaction: correct the file or the definition. */
class FileRefused extends Error {
  override readonly name = 'FileRefused';
  readonly code: string;

  constructor(
    path: string,
    { code, message, of }: { readonly code: string; readonly message: string; readonly of: string },
  ) {
    super(
      `the file ${path} starts no run of ${of}: ${message}; change the file, or raise the version of ${of}`,
    );
    this.code = code;
  }
}

/** What starts runs by itself, in one engine among others that serve. */
export type TriggersNode = {
  readonly known: KnownTriggers;
  readonly start: () => void;
  /** Ends what is under way as far as that can be waited for, and lets another engine go on. */
  readonly stop: () => Promise<void>;
};

export type TriggersNodeDeps = LeaderElectionDeps &
  Omit<DispatchingDeps, 'known' | 'paused' | 'awaiting' | 'held'> & {
    readonly journal: Journal;
    readonly reader: RunReader;
    readonly definitions: KnownTriggersDeps['definitions'];
    readonly drafts?: KnownTriggersDeps['drafts'];
    readonly bundles?: KnownTriggersDeps['bundles'];
    readonly marks: MarkStore;
    readonly events: EventPublisher & EventAudience;
    /** The files of this project; none are watched without. */
    readonly drops?: FileDrops | undefined;
    readonly tellsAlways?: FollowingDeps['tellsAlways'];
    /** What else only one engine need do. */
    readonly works?: readonly UnendingWork[];
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
  const { clock, drops, works = [], scheduleClock = clock } = deps;
  const known = createKnownTriggers(deps);
  const paused = createPausedTriggers(deps);
  const start = (each: TriggeredStart) => startTriggered(deps, each);
  const common = { ...deps, known, paused, start, scheduleClock };
  const following = createFollowing({ ...deps, known });
  const held = createHeldEvents({
    ...common,
    start: createHeldStart({ ...deps, known }),
    stillHeld: createStillHeld(deps),
  });
  const dispatching = createDispatching({ ...common, held, awaiting: following.awaiting });
  const schedules = createSchedules(common);
  const desk = createLeaderElection(deps, {
    key: triggersLease,
    // The journal first: events are dealt with once it is known which runs wait for them.
    works: [following.run, dispatching.run, held.run, schedules.run, ...works],
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

type FileStartsDeps = {
  readonly known: Pick<KnownTriggers, 'settled' | 'all' | 'onChange'>;
  readonly paused: Pick<PausedTriggers, 'ready' | 'of' | 'onChange'>;
  readonly drops: FileDrops;
  readonly start: (start: TriggeredStart) => Promise<StartOutcome>;
  readonly marks: MarkStore;
  readonly clock: Clock;
  readonly onTrouble: (error: unknown) => void;
};

/**
 * Starts a run for each content of each file that the triggers which count are for. Every engine that serves does, for
 * the files that it can see. A paused trigger looks at nothing: what came meanwhile is taken when it is resumed.
 */
export function createFileStarts(deps: FileStartsDeps): {
  readonly run: (signal: AbortSignal) => Promise<void>;
} {
  const watched = new Map<string, () => Promise<void>>();

  async function watchAll(): Promise<void> {
    const wanted = new Map(wantedOf(deps).map((each) => [`${each.ref.hash}/${each.compiled.id}`, each]));
    const ended = [...watched].filter(([key]) => !wanted.has(key));
    for (const [key] of ended) watched.delete(key);
    for (const [key, each] of wanted) {
      if (watched.has(key)) continue;
      watched.set(
        key,
        deps.drops.watch(each.glob, (drop) => startFor(deps, each, drop)),
      );
    }
    await Promise.all(ended.map(([, end]) => end()));
  }

  return {
    run: async (signal) => {
      await untilAborted(signal, Promise.all([deps.known.settled(), deps.paused.ready])).catch(
        () => undefined,
      );
      if (signal.aborted) return;
      const releases = [deps.known, deps.paused].map(({ onChange }) => onChange(() => void watchAll()));
      await watchAll();
      await whenAborted(signal);
      for (const release of releases) release();
      const ends = [...watched.values()];
      watched.clear();
      await Promise.all(ends.map((end) => end()));
    },
  };
}

type Watched = KnownTrigger & { readonly glob: FileTrigger['glob'] };

function wantedOf({ known, paused }: FileStartsDeps): readonly Watched[] {
  return known.all().flatMap((each) => {
    const { trigger, id } = each.compiled;
    if (trigger.kind !== 'file' || paused.of(each.ref.id, id) !== undefined) return [];

    return [{ ...each, glob: trigger.glob }];
  });
}

/** Why a file started no run, for people; for us, which version of the definition refused it. */
const FileRefusal = z.looseObject({ version: z.int() });

/** Rejects with what may pass: the file is told again. */
async function startFor(deps: FileStartsDeps, known: Watched, drop: FileDrop): Promise<void> {
  const { ref, definition, compiled } = known;
  const run = triggeredRun(ref.id, compiled.id, `${drop.path}@${drop.digest}`);
  const key = `file/${ref.id}/${compiled.id}/${run}`;
  const marks = createMarks(deps.marks, FileRefusal);
  const before = await marks.read(key);
  // What this version refused, it would refuse again; another version may take it.
  if (before.value?.version === ref.version) return;
  const fit = inputFor(definition, compiled, firedByFile(drop));
  const trigger = { kind: 'file' as const, id: compiled.id, file: drop.path };
  const outcome =
    fit.kind === 'refused'
      ? fit
      : await deps.start({ ref, definition, run, trigger, input: fit.input, actor: engineActor });
  if (outcome.kind !== 'refused') return;
  const { code, message } = outcome;
  const at = new Date(deps.clock.now()).toISOString();
  const refused = { path: drop.path, digest: drop.digest, version: ref.version, code, message, at };
  const written = await marks.write(key, refused, before.revision);
  // Another engine that sees the same file has told it, where it was first.
  if (written !== undefined) deps.onTrouble(new FileRefused(drop.path, { code, message, of: ref.id }));
}

type FollowingDeps = {
  readonly journal: Journal;
  readonly reader: RunReader;
  readonly known: Pick<KnownTriggers, 'settled' | 'ofEvent'>;
  readonly marks: MarkStore;
  readonly events: EventPublisher & EventAudience;
  /** What runs do is told also where nobody is known to listen; absent: it is not. */
  readonly tellsAlways?: (() => boolean) | undefined;
  readonly clock: Clock;
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
    const ofThisTime = createAwaitingIndex(journal, deps.reader.runs);
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
  const { journal, marks, reader, known } = deps;
  const soon = <T>(work: Promise<T>) => untilAborted(signal, work);

  async function watch(): Promise<void> {
    const from = await soon(journal.end());
    await soon(index.begin(from));
    for await (const stored of journal.watch({ after: from, signal })) index.see(stored);
  }

  async function tell(): Promise<void> {
    const mark = await soon(openRelayMark(marks, journal));
    const messages = reader.heard.noting(journal.watch({ after: mark.position, signal }));
    const forgetEnded = (stored: Stored): void => {
      if (stored.kind === 'record' && isFinal(stored.record.data.head.status))
        reader.heard.forget(stored.run);
    };
    const outbound = async (stored: Stored): Promise<Outbound> => {
      const made = await outboundOf(deps, stored);
      forgetEnded(stored);

      return made;
    };
    const audience = {
      isHeard: deps.events.isHeard,
      isWanted: (type: string) =>
        deps.tellsAlways?.() === true || known.ofEvent(type).length > 0 || index.isAwaited(type),
      settled: async () => void (await Promise.all([known.settled(), index.caughtUp()])),
    };
    const telling = { ...deps, ...audience, outboundOf: outbound, onUntold: forgetEnded };
    await relay(telling, { messages, mark, signal });
  }

  return [watch(), tell()];
}
