import type { Json } from '../../../events/canonical-json.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import { unclaimed } from '../../../machines/run/record/claim-check.ts';
import { opened } from '../../../machines/run/record/open-sealed.ts';
import type { Run } from '../../../machines/run/run.ts';
import type { EngineNode } from '../../engine/cluster/node.ts';
import { withBlobs } from '../../engine/run/resolve-blobs.ts';
import type { RunReader } from '../../engine/run-reader/run-reader.ts';
import type { Clock } from '../../ports/clock.ts';
import type { BlobStore } from '../../ports/runs/blob-store.ts';
import { RunQuarantined } from '../../ports/runs/journal.ts';
import { RunNotFound } from '../../ports/runs/workflows.ts';

/** A run has ended otherwise than it was to. The reaction: what its status and its code call for. */
export class RunNotCompleted extends Error {
  override readonly name = 'RunNotCompleted';
  readonly run: string;
  readonly status: string;
  /** That of its error; `run.` and the status where it has none. */
  readonly code: string;

  constructor({ state }: Run) {
    const { run, status, error, reason } = state;
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

  constructor(what = 'nothing is asked of it any more') {
    super(`this engine was closed: ${what}`);
  }
}

/** Tells how runs end: those of this process as they do, those of other engines by their journal. */
export type RunEnds = {
  /** Takes note of a change of a run in this process. */
  readonly changed: (run: Run) => void;
  /**
   * The run when it has ended. One that was begun here is not read unless another engine goes on with it. Rejects with
   * EngineClosed, RunNotFound, RunQuarantined.
   */
  readonly of: (run: string, begun: 'here' | 'anywhere') => Promise<Run>;
  readonly close: () => void;
};

type RunEndsDeps = {
  readonly node: Pick<EngineNode, 'mayBegin'>;
  readonly reader: Pick<RunReader, 'last' | 'follow'>;
  readonly clock: Pick<Clock, 'after' | 'steady'>;
};

type Waiting = {
  readonly ended: Promise<Run>;
  readonly resolve: (run: Run) => void;
  readonly reject: (error: unknown) => void;
  /** Ends what follows its journal, where that is needed. */
  stop?: AbortController;
  seenAtMs: number;
};

/** Runs that have ended before anybody asked for their end. */
const latelyMax = 1_000;
const lookEveryMs = 500;
/** A shard may go to another engine and come back in between: so often its runs that are waited for are read. */
const readEveryMs = 30_000;

export function createRunEnds({ node, reader, clock }: RunEndsDeps): RunEnds {
  const waiting = new Map<string, Waiting>();
  const lately = new Map<string, Run>();
  let isClosed = false;
  let cancelLook: (() => void) | undefined;

  function ended(run: Run): void {
    const { run: id } = run.state;
    const waiter = waiting.get(id);
    waiting.delete(id);
    waiter?.stop?.abort();
    waiter?.resolve(run);
    if (waiter !== undefined) return;
    lately.set(id, run);
    const [oldest] = lately.keys();
    if (lately.size > latelyMax && oldest !== undefined) lately.delete(oldest);
  }

  /** What this engine works on is told here. A shard may be given to another engine at any time. */
  function look(): void {
    cancelLook = undefined;
    for (const [id, waiter] of waiting) {
      if (waiter.stop !== undefined) continue;
      if (!node.mayBegin(id)) void follow(id, waiter);
      else if (clock.steady() - waiter.seenAtMs > readEveryMs) void readLast(id, waiter);
    }
    if (waiting.size > 0 && !isClosed) cancelLook = clock.after(lookEveryMs, look);
  }

  async function readLast(id: string, waiter: Waiting): Promise<void> {
    waiter.seenAtMs = clock.steady();
    const last = await reader.last(id).catch(() => undefined);
    if (last?.kind === 'record' && isFinal(last.record.data.head.status)) await follow(id, waiter);
  }

  async function follow(id: string, waiter: Waiting): Promise<void> {
    const stop = new AbortController();
    waiter.stop = stop;
    try {
      if ((await reader.last(id)) === undefined) throw new RunNotFound(id);
      for await (const each of reader.follow(id, stop.signal)) {
        if (each.kind === 'damaged') throw new RunQuarantined(each.damage);
        if (isFinal(each.run.state.status)) return ended(each.run);
      }
    } catch (error) {
      if (waiting.get(id) === waiter) waiting.delete(id);
      waiter.reject(error);
    }
  }

  return {
    changed: (run) => {
      if (isFinal(run.state.status)) ended(run);
      else if (lately.size > 0) lately.delete(run.state.run);
    },
    of: (id, begun) => {
      const over = lately.get(id);
      if (over !== undefined) return Promise.resolve(over);
      if (isClosed) return Promise.reject(new EngineClosed());
      const known = waiting.get(id) ?? newWaiting(clock.steady());
      waiting.set(id, known);
      if (begun === 'anywhere' && known.stop === undefined) void follow(id, known);
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

function newWaiting(seenAtMs: number): Waiting {
  let settle: Pick<Waiting, 'resolve' | 'reject'> = { resolve: () => {}, reject: () => {} };
  const ended = new Promise<Run>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // Whoever waits hears of it; nobody may.
  ended.catch(() => undefined);

  return { ended, ...settle, seenAtMs };
}

/** The output of a run that has ended, large and sealed values included. Rejects with RunNotCompleted. */
export async function runOutput(blobs: BlobStore, run: Run): Promise<Json> {
  const { status, output = null } = run.state;
  if (status !== 'COMPLETED') throw new RunNotCompleted(run);

  return withBlobs(
    blobs,
    () => run,
    () => opened(run.aside, unclaimed(run, output)),
  );
}
