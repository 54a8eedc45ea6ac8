import type { RunStatus } from '../../events/record.ts';
import type { RunState, TaskState, TaskStatus } from './run/run-state.ts';
import { asked, tasksThat } from './task-table.ts';

const statusByState: Readonly<Record<string, TaskStatus>> = {
  waiting: 'PENDING',
  conditional: 'PENDING',
  naming: 'SCHEDULED',
  scheduled: 'SCHEDULED',
  deciding: 'SCHEDULED',
  in_progress: 'IN_PROGRESS',
  retrying: 'RETRYING',
  recovering: 'WAITING',
  pending_approval: 'PENDING_APPROVAL',
  standby: 'PENDING',
  exhausted: 'WAITING',
  listing: 'SCHEDULED',
  open: 'IN_PROGRESS',
  looping: 'IN_PROGRESS',
  arming: 'SCHEDULED',
  awaiting: 'WAITING',
  delegated: 'WAITING',
  shaping: 'IN_PROGRESS',
  caught: 'FAILED',
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
  'naming',
  'scheduled',
  'deciding',
  'in_progress',
  'retrying',
  'recovering',
  'pending_approval',
  'exhausted',
  'listing',
  'open',
  'looping',
  'arming',
  'awaiting',
  'delegated',
  'shaping',
]);

/** A settled task will not change any more. What undoes a branch that was given up waits for its turn. */
export function isSettled({ state, isRetreat }: TaskState): boolean {
  return !openStates.has(state) && !(state === 'standby' && isRetreat === true);
}

export function isSettledIn(tasks: RunState['tasks'], id: string): boolean {
  const task = tasks[id];

  return task !== undefined && isSettled(task);
}

/** A task that completed, be it with errors: its output may be read, its dependents may start. */
export function isCompleted(task: TaskState): boolean {
  const status = statusOf(task.state);

  return status === 'COMPLETED' || status === 'COMPLETED_WITH_ERRORS';
}

/** A task whose work was done: what completed with errors did it not. */
export function isUndoable(task: TaskState): boolean {
  return isCompleted(task) && task.state !== 'completed_with_errors';
}

/** A task that went wrong and that nothing stood in for. */
export function isFailed({ state }: TaskState): boolean {
  return state === 'failed' || state === 'timed_out' || state === 'caught' || state === 'cancelled';
}

/** A FORK or a loop whose body is being worked on. */
export function isOpenBody({ state }: TaskState): boolean {
  return state === 'open' || state === 'looping';
}

export function isFinal(status: RunStatus): boolean {
  return status === 'COMPLETED' || status === 'FAILED' || status === 'TERMINATED' || status === 'TIMED_OUT';
}

/** The phases in which a run is on its way out: nothing new begins that is not part of that. */
const leaving: ReadonlySet<string> = new Set(['cancelling', 'compensating', 'notifying']);

export function isLeaving({ phase }: Pick<RunState, 'phase'>): boolean {
  return leaving.has(phase);
}

export function allSettled({ tasks }: Pick<RunState, 'tasks'>): boolean {
  return onlySettled(tasks);
}

const onlySettled = asked<boolean>({
  none: true,
  add: (_all, task) => isSettled(task),
  both: (one, other) => one && other,
  last: false,
});

export const settledTasks = tasksThat(isSettled);

/** The tasks that have left the state in which they wait for others, and have not settled. */
export const begunTasks = tasksThat((task) => task.state !== 'waiting' && !isSettled(task));
