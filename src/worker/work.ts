import type { Json } from '../../events/canonical-json.ts';
import type { AttemptLog } from '../../events/task-events.ts';
import type { WorkItem } from '../../events/worker-protocol.ts';
import { localId } from '../../machines/chart/task-at.ts';
import { TaskError } from '../ports/work/handler.ts';

/** One attempt, as the handler of a worker sees it. */
export type Work = {
  readonly run: string;
  /** The address of the task in the run: its id, or more inside of a FORK or a loop. */
  readonly task: string;
  /** From 1. */
  readonly attempt: number;
  /** The same for all attempts of the task: the idempotency key of whatever the work does elsewhere. */
  readonly key: string;
  /** `<run>/<task>/<attempt>`: the same for the same attempt, also when another worker begins it anew. */
  readonly attemptKey: string;
  readonly agent: string;
  /** All who were found for a task that asks for several skills; the first is `agent`. Else empty. */
  readonly team: NonNullable<WorkItem['team']>;
  readonly input: Json;
  /** When the attempt times out, where it does: ISO 8601, UTC. */
  readonly deadline: string | undefined;
  /** W3C trace context, to be handed on to whatever is called. */
  readonly traceparent: string;
  /** Aborts when there is no use in going on: timed out, cancelled, given to another worker, or this one ends. */
  readonly signal: AbortSignal;
  /** Shown to people as it happens. It is no duty: heartbeats are sent by themselves. */
  readonly progress: (percent: number | undefined, message?: string) => void;
  /**
   * Says how far the work has come: JSON of at most 32 KiB. If this attempt does not end well, the next one, or the
   * next worker, gets it as `lastDetails`. What is said in the last 5 s may be lost.
   */
  readonly details: (details: Json) => void;
  /**
   * Shows what the work prints as it comes, in whole lines: `workflow logs -f`, and the Logs of the dashboard. Nothing
   * of it is kept: that is what `log` is for.
   */
  readonly printing: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void;
  /** Keeps what the work printed with its attempt: shown to people. The last one counts. */
  readonly log: (log: AttemptLog) => void;
  /** What an earlier attempt, or another worker at this one, said last. */
  readonly lastDetails: Json | undefined;
};

/** Carries an attempt out. Resolves with its result; throws TaskFailure, or anything for an unforeseen failure. */
export type WorkHandler = (work: Work) => Json | Promise<Json>;

/** Handlers by the id of their task; `*` is for all others. */
export type WorkHandlers = WorkHandler | Readonly<Record<string, WorkHandler>>;

/** Who carries the task out: where nobody does, a handler that says so. */
export function handlerFor(handlers: WorkHandlers, { task, agent }: WorkItem): WorkHandler {
  if (typeof handlers === 'function') return handlers;
  const name = [localId(task), '*'].find((each) => Object.hasOwn(handlers, each));
  const found = name === undefined ? undefined : handlers[name];
  if (found !== undefined) return found;
  const known = Object.keys(handlers).join(', ') || 'none';

  return () => {
    throw new TaskError(
      'worker.no-handler',
      `the worker of ${agent} has no handler for ${task}; it has: ${known} ("*" would take all others)`,
    );
  };
}
