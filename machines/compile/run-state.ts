import type { Json } from '../../events/canonical-json.ts';
import type { ErrorData } from '../../events/error-data.ts';
import type { RunStatus } from '../../events/record.ts';
import type { DefinitionRef } from '../../events/run-events.ts';

/** The statuses of a task (LANGUAGE.md, Statuses). */
export type TaskStatus =
  | 'PENDING'
  | 'SCHEDULED'
  | 'IN_PROGRESS'
  | 'RETRYING'
  | 'WAITING'
  | 'PENDING_APPROVAL'
  | 'COMPLETED'
  | 'COMPLETED_WITH_ERRORS'
  | 'FAILED'
  | 'TIMED_OUT'
  | 'SKIPPED'
  | 'CANCELLED';

/** One agreement to an approval. */
export type Grant = {
  readonly by: string;
  readonly at: string;
  readonly comment?: string;
  readonly data?: Json;
};

/** What a run knows of one task. `state` is the state of the task's region of the chart; times are ISO 8601, UTC. */
export type TaskState = {
  readonly state: string;
  /** 0 until the first attempt is scheduled. */
  readonly attempt: number;
  readonly firstScheduledAt?: string;
  readonly scheduledAt?: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly heartbeatAt?: string;
  readonly retryAt?: string;
  /** Set once a time-out with policy `alert` has been noted, so that it fires once. */
  readonly alertedAt?: string;
  readonly escalatedAt?: string;
  readonly worker?: string;
  readonly progress?: { readonly percent?: number | undefined; readonly message?: string | undefined };
  readonly output?: Json;
  readonly error?: ErrorData;
  readonly decision?: {
    readonly value: Json;
    readonly case?: string | undefined;
    readonly next: readonly string[];
  };
  readonly grants?: readonly Grant[];
};

/**
 * The state of a run, all of it: where its chart is and what it knows. Plain JSON, so that two folds can be
 * compared byte for byte.
 */
export type RunState = {
  readonly run: string;
  readonly definition: DefinitionRef;
  /** Where the root of the chart is: `created`, `running`, `paused`, `concluding`, `completed`, ... */
  readonly phase: string;
  readonly status: RunStatus;
  readonly input: Readonly<Record<string, Json>>;
  readonly variables: Readonly<Record<string, Json>>;
  readonly startedAt: string;
  readonly endedAt?: string;
  /** When the run was paused last. */
  readonly pausedAt?: string;
  readonly alertedAt?: string;
  readonly error?: ErrorData;
  /** The task whose final failure ended the run. */
  readonly failedTask?: string;
  readonly output?: Json;
  readonly tasks: Readonly<Record<string, TaskState>>;
};

const statusByState: Readonly<Record<string, TaskStatus>> = {
  waiting: 'PENDING',
  conditional: 'PENDING',
  scheduled: 'SCHEDULED',
  deciding: 'SCHEDULED',
  in_progress: 'IN_PROGRESS',
  retrying: 'RETRYING',
  recovering: 'WAITING',
  pending_approval: 'PENDING_APPROVAL',
  completed: 'COMPLETED',
  completed_with_errors: 'COMPLETED_WITH_ERRORS',
  failed: 'FAILED',
  timed_out: 'TIMED_OUT',
  skipped: 'SKIPPED',
  cancelled: 'CANCELLED',
};

/** The status people see for a state of a task's region. The case states of a DECISION are all COMPLETED. */
export function statusOf(state: string): TaskStatus {
  return statusByState[state] ?? 'COMPLETED';
}

const openStates: ReadonlySet<string> = new Set([
  'waiting',
  'conditional',
  'scheduled',
  'deciding',
  'in_progress',
  'retrying',
  'recovering',
  'pending_approval',
]);

/** A settled task will not change any more. */
export function isSettled({ state }: TaskState): boolean {
  return !openStates.has(state);
}

/** A task that completed, be it with errors: its output may be read, its dependents may start. */
export function isCompleted(task: TaskState): boolean {
  const status = statusOf(task.state);

  return status === 'COMPLETED' || status === 'COMPLETED_WITH_ERRORS';
}

export function isFinal(status: RunStatus): boolean {
  return status === 'COMPLETED' || status === 'FAILED' || status === 'TERMINATED' || status === 'TIMED_OUT';
}

export function allSettled({ tasks }: Pick<RunState, 'tasks'>): boolean {
  for (const id in tasks) {
    const task = tasks[id];
    if (task !== undefined && !isSettled(task)) return false;
  }

  return true;
}
