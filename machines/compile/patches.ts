import type { ErrorData } from '../../events/error-data.ts';
import type { ChartEvent } from './chart-event.ts';
import type { RunState, TaskState } from './run-state.ts';

/** What an event changes in what is known of a task, when it enters a state. */
export type Patch = (task: TaskState, event: ChartEvent, run: RunState) => TaskState;

/** A new attempt: of the one before, only its error is kept. */
export const newAttempt: Patch = (task, { time }) => ({
  state: task.state,
  attempt: task.attempt + 1,
  firstScheduledAt: task.firstScheduledAt ?? time,
  scheduledAt: time,
  ...(task.error === undefined ? {} : { error: task.error }),
});

export const begun: Patch = ({ heartbeatAt: _before, ...task }, { fact, time }) => ({
  ...task,
  startedAt: time,
  ...(fact.type === 'task.started' ? { worker: fact.data.worker } : {}),
});

export const beating: Patch = (task, { fact, time }) => ({
  ...task,
  heartbeatAt: time,
  ...(fact.type === 'task.heartbeat' && fact.data.progress !== undefined
    ? { progress: fact.data.progress }
    : {}),
});

/** The task has its output. A NOOP, which nobody carries out, has none. */
export const finished: Patch = (task, event) => {
  const { error: _overcome, ...rest } = attributed(task, event);

  return {
    ...rest,
    endedAt: event.time,
    ...(event.fact.type === 'task.completed' ? { output: event.fact.data.output } : {}),
  };
};

/** The attempt, or the whole task, went wrong; the task is not settled by this alone. */
export const troubled: Patch = (task, event) => {
  const error = errorOf(task, event);

  return { ...attributed(task, event), ...(error === undefined ? {} : { error }) };
};

export const lost: Patch = (task, event, run) => ({ ...troubled(task, event, run), endedAt: event.time });

export const ended: Patch = (task, { time }) => ({ ...task, endedAt: time });

export const alerted: Patch = (task, { time }) => ({ ...task, alertedAt: time });

/**
 * Why it went wrong, as the event tells it. A task whose fallback fails keeps the error that it had itself: the
 * event is about another task then.
 */
export function errorOf(task: TaskState, { fact }: ChartEvent): ErrorData | undefined {
  if (task.state === 'recovering') return task.error;

  switch (fact.type) {
    case 'task.failed':
      return fact.data.error;
    case 'timer.fired':
      return overdue(fact.data.timer, fact.data.dueAt);
    case 'approval.denied':
      return denied(fact.data.by, fact.data.comment);
    default:
      return task.error;
  }
}

function overdue(timer: string, dueAt: string): ErrorData {
  return { code: timer, message: `not done by ${dueAt}`, retryable: true };
}

function denied(by: string, comment: string | undefined): ErrorData {
  return {
    code: 'approval.denied',
    message: comment === undefined ? `rejected by ${by}` : `rejected by ${by}: ${comment}`,
    retryable: false,
  };
}

/** Keeps when the attempt began and who carried it out, also when only its end was recorded. */
function attributed(task: TaskState, { fact }: ChartEvent): TaskState {
  if (fact.type !== 'task.completed' && fact.type !== 'task.failed') return task;
  const { startedAt, worker } = fact.data;

  return {
    ...task,
    ...(task.startedAt === undefined && startedAt !== undefined ? { startedAt } : {}),
    ...(worker === undefined ? {} : { worker }),
  };
}
