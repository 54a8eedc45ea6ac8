import { type Address, parseAddress } from '../../../machines/chart/address.ts';
import { isUnderWay, tasksIn } from '../../../machines/chart/task-at.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import type { Command } from '../../../machines/run/decide/command.ts';
import type { Run } from '../../../machines/run/run.ts';
import type { Task } from '../../../machines/task.ts';
import type { Clock } from '../../ports/clock.ts';
import type { BlobStore } from '../../ports/runs/blob-store.ts';
import type { Roster } from '../../ports/work/agent-admin.ts';
import type { Performer, Performers } from '../../ports/work/handler.ts';
import type { OutputFiles } from '../../ports/work/output-files.ts';
import type { WorkQueue } from '../../ports/work/work-queue.ts';

const open: ReadonlySet<string> = new Set(['scheduled', 'in_progress', 'shaping']);

/** It is asked of every attempt at every event of its run, so addresses are read once. */
const places = new WeakMap<OfAttempt, Address>();

/** Takes what an attempt has to say to its run. */
export type Submit = (command: Command) => Promise<unknown>;

export type AttemptsDeps = {
  readonly clock: Clock;
  readonly performers: Performers;
  readonly outputs: OutputFiles;
  readonly blobs: BlobStore;
  readonly projectDir: string;
  /** Called when something goes wrong that no command can be answered with. */
  readonly onTrouble: (run: string, error: unknown) => void;
  /** Attempts carried out at the same time. */
  readonly concurrencyMax: number;
  /**
   * How long an attempt may take before its start is recorded. One that ends sooner is recorded by its end alone,
   * which tells when it began: half the events for quick tasks, and nothing lost, for nothing depends on the start.
   */
  readonly startNoticeMs: number;
  /** Brings attempts to agents; without, tasks of agents wait. */
  readonly work?: {
    readonly queue: WorkQueue;
    readonly roster: Roster;
    /** Known to engines alone: what the tokens of items are made with. */
    readonly secret: string;
    /** A worker that was not heard of for so long may be taken for dead; 10 s unless said otherwise. */
    readonly claimTtlMs?: number;
  };
  /** Holds the start of attempts up; nothing does, without. */
  readonly gate?: AttemptGate;
};

/** An attempt on its way. */
export type Entry = {
  readonly run: Run;
  readonly task: Task;
  /** Where the task is in the run. */
  readonly address: string;
  readonly attempt: number;
  readonly submit: Submit;
  readonly stop: AttemptStop;
  /** Who carries it out in this process, where that is known already. */
  readonly performer?: Performer | undefined;
  /** Whether it has got its turn. */
  begun: boolean;
};

/** Tells an attempt to stop. Most attempts never ask for the signal, so it is made when one does. */
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
      told = reason;
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

/** Says which runs may begin attempts now, and when none are under way. */
export type AttemptGate = {
  readonly mayBegin: (run: string) => boolean;
  /** Calls back when it may be worth asking again. */
  readonly onOpened: (callback: () => void) => void;
  readonly opened: () => void;
  /** An attempt began, known by any object that is its own. */
  readonly began: (attempt: object, run: string) => void;
  /** It is over, with its result recorded, or it was told to stop. */
  readonly ended: (attempt: object) => void;
  /** Resolves when no attempt of the runs that `which` picks is under way. */
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

/** Whether the run still waits for this very attempt. A paused run begins nothing: what has its turn goes on. */
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
