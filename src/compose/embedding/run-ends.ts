import type { Json } from '../../../events/canonical-json.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import type { Run } from '../../../machines/run/run.ts';
import type { EngineNode } from '../../engine/cluster/node.ts';
import { wholeOutput } from '../../engine/run/resolve-blobs.ts';
import type { RunReader } from '../../engine/run-reader/run-reader.ts';
import type { Clock } from '../../ports/clock.ts';
import type { BlobStore } from '../../ports/runs/blob-store.ts';
import { JournalUnavailable, RunQuarantined } from '../../ports/runs/journal.ts';
import { RunNotFound } from '../../ports/runs/workflows.ts';

type Ended = {
  readonly run: string;
  readonly status: string;
  readonly error?: { readonly code: string; readonly message: string } | undefined;
  readonly reason?: string | undefined;
};

/** A run has ended otherwise than it was to. The reaction: what its status and its code call for. */
export class RunNotCompleted extends Error {
  override readonly name = 'RunNotCompleted';
  readonly run: string;
  readonly status: string;
  /** That of its error; `run.` and the status where it has none. */
  readonly code: string;

  constructor({ run, status, error, reason }: Ended) {
    super(`run ${run} ended ${status}: ${error?.message ?? reason ?? 'it says no more'}`);
    this.run = run;
    this.status = status;
    this.code = error?.code ?? `run.${status.toLowerCase().replaceAll('_', '-')}`;
  }
}

/** The engine was closed while something was asked of it. The reaction: ask another one. */
export class EngineClosed extends Error {
  override readonly name = 'EngineClosed';
  readonly code = 'engine.closed';

  constructor(what = 'nothing is asked of it any more', options?: ErrorOptions) {
    super(`this engine was closed: ${what}`, options);
  }
}

/** Tells how runs end: those of this process as they do, those of other engines by their journal. */
export type RunEnds = {
  /** Takes note of a change of a run in this process. */
  readonly changed: (run: Run) => void;
  /** To be asked before a run is begun here, and given for its end. */
  readonly beginning: () => Beginning;
  /**
   * The run when it has ended. One that was begun here is not read unless another engine goes on with it, or its end
   * may be forgotten. While the journal cannot be read it is waited on. Rejects with EngineClosed, RunNotFound,
   * RunQuarantined, RunArchived.
   */
  readonly of: (run: string, begunHere?: Beginning) => Promise<Run>;
  readonly close: () => void;
};

/** How many ends were forgotten when a run was begun here: as long as it is as many, its own is not among them. */
export type Beginning = { readonly forgotten: number };

type RunEndsDeps = {
  readonly node: Pick<EngineNode, 'mayBegin' | 'freshSinceMs'>;
  readonly reader: Pick<RunReader, 'last' | 'follow'>;
  readonly clock: Pick<Clock, 'after' | 'steady'>;
};

type Waiting = {
  readonly ended: Promise<Run>;
  readonly resolve: (run: Run) => void;
  readonly reject: (error: unknown) => void;
  /** Ends what follows its journal, where that is needed. */
  stop?: AbortController | undefined;
  /** Its journal has to be followed, whoever works on it. */
  isFollowed: boolean;
  seenAtMs: number;
};

type Over = { readonly run: Run; readonly atMs: number };

/** Runs that have ended before anybody asked for their end. */
const latelyMax = 1_000;
const lookEveryMs = 500;
/** A shard may go to another engine and come back in between: so often its runs that are waited for are read. */
const readEveryMs = 30_000;

export function createRunEnds({ node, reader, clock }: RunEndsDeps): RunEnds {
  const waiting = new Map<string, Waiting>();
  const lately = new Map<string, Over>();
  let forgotten = 0;
  let isClosed = false;
  let cancelLook: (() => void) | undefined;

  function ended(run: Run): void {
    const { run: id } = run.state;
    const waiter = waiting.get(id);
    waiting.delete(id);
    waiter?.stop?.abort();
    waiter?.resolve(run);
    if (waiter !== undefined) return;
    lately.set(id, { run, atMs: clock.steady() });
    const [oldest] = lately.keys();
    if (lately.size <= latelyMax || oldest === undefined) return;
    forget(oldest);
  }

  function forget(id: string): void {
    if (lately.delete(id)) forgotten += 1;
  }

  /** What is known of it here, unless an engine that had its shard since may have gone on with it. */
  function overHere(id: string): Run | undefined {
    const over = lately.get(id);
    if (over === undefined || (node.mayBegin(id) && node.freshSinceMs(id) <= over.atMs)) return over?.run;
    forget(id);

    return undefined;
  }

  /** What this engine works on is told here. A shard may be given to another engine at any time. */
  function look(): void {
    cancelLook = undefined;
    for (const [id, waiter] of waiting) {
      if (waiter.stop !== undefined) continue;
      if (waiter.isFollowed || !node.mayBegin(id)) void follow(id, waiter);
      else if (clock.steady() - waiter.seenAtMs >= readEveryMs) void readLast(id, waiter);
    }
    if (waiting.size > 0 && !isClosed) cancelLook = clock.after(lookEveryMs, look);
  }

  async function readLast(id: string, waiter: Waiting): Promise<void> {
    waiter.seenAtMs = clock.steady();
    try {
      const last = await reader.last(id);
      if (last?.kind === 'record' && isFinal(last.record.data.head.status)) await follow(id, waiter);
    } catch {
      // The next look tries again.
      waiter.seenAtMs -= readEveryMs;
    }
  }

  async function follow(id: string, waiter: Waiting): Promise<void> {
    const stop = new AbortController();
    waiter.stop = stop;
    waiter.isFollowed = true;
    try {
      const run = await endInJournal(reader, id, stop.signal);
      if (run !== undefined) ended(run);
    } catch (error) {
      // The run goes on all the same: the next look tries again.
      if (error instanceof JournalUnavailable) return;
      if (waiting.get(id) === waiter) waiting.delete(id);
      waiter.reject(error);
    } finally {
      waiter.stop = undefined;
    }
  }

  return {
    changed: (run) => {
      if (isFinal(run.state.status)) ended(run);
      else lately.delete(run.state.run);
    },
    beginning: () => ({ forgotten }),
    of: (id, begunHere) => {
      const over = begunHere === undefined ? overHere(id) : lately.get(id)?.run;
      if (over !== undefined) return Promise.resolve(over);
      if (isClosed) return Promise.reject(new EngineClosed());
      const known = waiting.get(id) ?? newWaiting(clock.steady());
      waiting.set(id, known);
      if (known.stop !== undefined) return known.ended;
      if (begunHere === undefined) void follow(id, known);
      else if (begunHere.forgotten !== forgotten) void readLast(id, known);
      cancelLook ??= clock.after(lookEveryMs, look);

      return known.ended;
    },
    close: () => {
      cancelLook?.();
      isClosed = true;
      for (const [id, { stop, reject }] of waiting) {
        stop?.abort();
        reject(new EngineClosed(`run ${id} goes on with another engine, or with the next that is created`));
      }
      waiting.clear();
    },
  };
}

/** The run when it has ended; undefined where the signal aborts before. */
async function endInJournal(
  reader: RunEndsDeps['reader'],
  id: string,
  signal: AbortSignal,
): Promise<Run | undefined> {
  if ((await reader.last(id)) === undefined) throw new RunNotFound(id);
  for await (const each of reader.follow(id, signal)) {
    if (each.kind === 'damaged') throw new RunQuarantined(each.damage);
    if (isFinal(each.run.state.status)) return each.run;
  }

  return undefined;
}

function newWaiting(seenAtMs: number): Waiting {
  let settle: Pick<Waiting, 'resolve' | 'reject'> = { resolve: () => {}, reject: () => {} };
  const ended = new Promise<Run>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // Whoever waits hears of it; nobody may.
  ended.catch(() => undefined);

  return { ended, ...settle, isFollowed: false, seenAtMs };
}

/** The output of a run that has ended, large and sealed values included. Rejects with RunNotCompleted. */
export async function runOutput(blobs: BlobStore, run: Run): Promise<Json> {
  if (run.state.status !== 'COMPLETED') throw new RunNotCompleted(run.state);

  return wholeOutput(blobs, run);
}
