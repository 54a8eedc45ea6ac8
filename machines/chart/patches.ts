import type { ErrorData } from '../../events/error-data.ts';
import type { ChartEvent } from './chart-event.ts';
import type { Patch, RegionEvent } from './region-event.ts';
import type { TaskState } from './run/run-state.ts';

/** A new attempt: of the one before, only its error is kept. */
export const newAttempt: Patch = (task, { time }) => ({
  state: task.state,
  attempt: task.attempt + 1,
  firstScheduledAt: task.firstScheduledAt ?? time,
  scheduledAt: time,
  ...(task.error === undefined ? {} : { error: task.error }),
  ...(task.spent === undefined ? {} : { spent: task.spent }),
  ...(task.input === undefined ? {} : { input: task.input }),
});

/** The task begins anew: the attempts it has had count no more, but their numbers are not given again. */
export const renewed: Patch = ({ state, attempt, input }) => ({
  state,
  attempt,
  ...(attempt === 0 ? {} : { spent: attempt }),
  ...(input === undefined ? {} : { input }),
});

export const begun: Patch = ({ heartbeatAt: _before, ...task }, { fact, time }) => ({
  ...task,
  startedAt: time,
  ...(fact.type === 'task.started' ? { worker: fact.data.worker } : {}),
  ...(fact.type === 'task.started' && fact.data.lost !== undefined ? { deaths: (task.deaths ?? 0) + 1 } : {}),
});

export const assigned: Patch = (task, { fact }) => ({
  ...task,
  ...(fact.type === 'task.assigned' ? { assigned: fact.data.agents } : {}),
});

export const beating: Patch = (task, { fact, time }) => ({
  ...task,
  heartbeatAt: time,
  ...(fact.type === 'task.heartbeat' && fact.data.progress !== undefined
    ? { progress: fact.data.progress }
    : {}),
});

/** The task has its output. */
export const markFinished: Patch = (task, event) => {
  const { error: _overcome, ...rest } = attributed(task, event);

  return {
    ...rest,
    endedAt: event.time,
    ...(event.fact.type === 'task.completed' ? { output: event.fact.data.output } : {}),
  };
};

/** The attempt, or the whole task, went wrong; the task is not settled by this alone. */
export const troubled: Patch = (task, event) => {
  const error = taskErrorOf(task, event);

  return { ...attributed(task, event), ...(error === undefined ? {} : { error }) };
};

export const lost: Patch = (task, event) => ({ ...troubled(task, event), endedAt: event.time });

export const ended: Patch = (task, { time }) => ({ ...task, endedAt: time });

export const alerted: Patch = (task, { time }) => ({ ...task, alertedAt: time });

/**
 * Why it went wrong, as the event tells it. A task whose fallback fails keeps the error that it had itself: the
 * event is about another task then.
 */
export function taskErrorOf(task: TaskState, { fact, cause }: ChartEvent): ErrorData | undefined {
  if (task.state === 'recovering') return task.error;
  if (cause !== undefined) return cause;

  switch (fact.type) {
    case 'task.failed':
      return fact.data.error;
    case 'timer.fired':
      return overdue(fact.data.timer, fact.data.dueAt);
    case 'approval.denied':
      return denied(fact.data.by, fact.data.comment);
    case 'child.ended':
      return fact.data.error ?? childFailed(fact.data);
    case 'loop.evaluated':
      return endless(fact.data.iteration);
    case 'termination.reached':
      return terminated(fact.data.reason);
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

function childFailed({ run, status }: { readonly run: string; readonly status: string }): ErrorData {
  return { code: 'child.failed', message: `the run ${run} ended ${status}`, retryable: true };
}

function endless(iterations: number): ErrorData {
  return {
    code: 'loop.max-iterations',
    message: `the condition still held after ${iterations} iterations, the most that max_iterations allows`,
    retryable: false,
  };
}

function terminated(reason: string | undefined): ErrorData {
  return { code: 'run.terminated-by-task', message: reason ?? 'a TERMINATE was reached', retryable: false };
}

/**
 * Keeps when the attempt began and who carried it out, also when only its end was recorded. The event may be about a
 * part of the task.
 */
function attributed(task: TaskState, { fact, address }: RegionEvent): TaskState {
  if (fact.type !== 'task.completed' && fact.type !== 'task.failed') return task;
  if (fact.data.task !== address) return task;
  const { startedAt, worker } = fact.data;

  return {
    ...task,
    ...(task.startedAt === undefined && startedAt !== undefined ? { startedAt } : {}),
    ...(worker === undefined ? {} : { worker }),
  };
}
