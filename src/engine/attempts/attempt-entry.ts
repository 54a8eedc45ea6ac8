import { type Address, isUnderWay, parseAddress, tasksIn } from '../../../machines/chart/task-at.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import type { Command } from '../../../machines/run/decide/command.ts';
import type { Run } from '../../../machines/run/run.ts';
import type { Task } from '../../../machines/task.ts';
import type { Clock } from '../../ports/clock.ts';
import type { BlobStore } from '../../ports/runs/blob-store.ts';
import type { Roster } from '../../ports/work/agent-admin.ts';
import type { Performer, Performers } from '../../ports/work/handler.ts';
import type { LiveOutput } from '../../ports/work/live-output.ts';
import type { OutputFiles } from '../../ports/work/output-files.ts';
import type { WorkQueue } from '../../ports/work/work-queue.ts';

const open: ReadonlySet<string> = new Set(['scheduled', 'in_progress', 'shaping']);

/** Cached: it is needed for every attempt at every event of its run. */
const places = new WeakMap<OfAttempt, Address>();

/** Takes the commands of an attempt to its run. */
export type Submit = (command: Command) => Promise<unknown>;

export type AttemptsDeps = {
  readonly clock: Clock;
  readonly performers: Performers;
  readonly outputs: OutputFiles;
  readonly blobs: BlobStore;
  readonly projectDir: string;
  /** Called for errors that no command reports. */
  readonly onTrouble: (run: string, error: unknown) => void;
  /** Limit of concurrent attempts. */
  readonly concurrencyMax: number;
  /**
   * How long an attempt may run before its start is recorded. One that ends sooner is recorded by its end alone, with
   * the time it began: quick tasks have half the events, and nothing depends on their start.
   */
  readonly startNoticeMs: number;
  /** Offers attempts to agents; absent: tasks of agents wait. */
  readonly work?: {
    readonly queue: WorkQueue;
    readonly roster: Roster;
    /** A secret of the engines, from which the tokens of items are made. */
    readonly secret: string;
    /** Silence after which a worker counts as lost; default 10 s. */
    readonly claimTtlMs?: number;
  };
  /** Where it is told what attempts print while they go on; absent: nowhere. */
  readonly live?: LiveOutput | undefined;
  /** May hold back the start of attempts. */
  readonly gate?: AttemptGate;
};

/** An attempt in progress, or about to begin. */
export type Entry = {
  readonly run: Run;
  readonly task: Task;
  /** The address of the task. */
  readonly address: string;
  readonly attempt: number;
  readonly submit: Submit;
  readonly stop: AttemptStop;
  /** Its handler in this process, if known already. */
  readonly performer?: Performer | undefined;
  /** Whether it has its slot. */
  begun: boolean;
};

/** Tells an attempt to stop. Created on demand, as most attempts never use the signal. */
export type AttemptStop = {
  readonly isTold: () => boolean;
  readonly tell: (reason: Error) => void;
  readonly signal: () => AbortSignal;
};

export function createAttemptStop(onTold: () => void): AttemptStop {
  let controller: AbortController | undefined;
  let told: Error | undefined;

  return {
    isTold: () => told !== undefined,
    tell: (reason) => {
      told ??= reason;
      controller?.abort(reason);
      onTold();
    },
    signal: () => {
      controller ??= new AbortController();
      if (told !== undefined) controller.abort(told);

      return controller.signal;
    },
  };
}

/** Which runs may begin attempts now, and when none are in progress. */
export type AttemptGate = {
  readonly mayBegin: (run: string) => boolean;
  /** Calls back when it may be worth asking again. */
  readonly onOpened: (callback: () => void) => void;
  readonly opened: () => void;
  /** An attempt began, identified by any object of its own. */
  readonly began: (attempt: object, run: string) => void;
  /** It ended and its result is recorded, or it was told to stop. */
  readonly ended: (attempt: object) => void;
  /** Resolves when no attempt of the runs that `which` selects is in progress. */
  readonly whenQuiet: (which: (run: string) => boolean) => Promise<void>;
};

export function createAttemptGate(mayBegin: (run: string) => boolean = () => true): AttemptGate {
  const underWay = new Map<object, string>();
  const waiting: (() => void)[] = [];
  const listeners: (() => void)[] = [];

  return {
    mayBegin,
    onOpened: (callback) => void listeners.push(callback),
    opened: () => {
      for (const callback of listeners) callback();
    },
    began: (attempt, run) => void underWay.set(attempt, run),
    ended: (attempt) => {
      if (!underWay.delete(attempt)) return;
      for (const wake of waiting.splice(0)) wake();
    },
    whenQuiet: async (which) => {
      while ([...underWay.values()].some(which)) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}

type OfAttempt = Pick<Entry, 'address' | 'attempt' | 'begun'>;

/** Whether the run still waits for this attempt. A paused run begins nothing; attempts that have their slot go on. */
export function isAttemptOpen(run: Run, entry: OfAttempt): boolean {
  const { status, phase, tasks } = run.state;
  if (isFinal(status) || (status === 'PAUSED' && !entry.begun)) return false;
  const place = placeOf(entry);
  const state = place === undefined ? undefined : tasksIn(tasks, place.owners)?.[place.id];
  if (place === undefined || state?.attempt !== entry.attempt || !open.has(state.state)) return false;

  return phase === 'compensating' || place.owners.length === 0 || isUnderWay(run.state, place);
}

function placeOf(entry: OfAttempt): Address | undefined {
  const place = places.get(entry) ?? parseAddress(entry.address);
  if (place !== undefined) places.set(entry, place);

  return place;
}
