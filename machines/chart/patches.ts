import { assign } from 'xstate';
import type { FactMembers } from '../../events/catalogue.ts';
import type { ErrorData } from '../../events/run-events.ts';
import type { Announcement, ChartEvent } from './chart-event.ts';
import type { Guard, Patch, RegionArgs, RegionEvent } from './region-event.ts';
import type { Orphan, RunState, TaskState } from './run/run-state.ts';

/** Only the latest attempt may speak for the task. */
export const latest: Guard = ({ context, event }) => {
  const { data } = event.fact;

  return 'attempt' in data && data.attempt === context.task.attempt;
};

/** A new attempt: of the previous one, only its error is kept. */
export const newAttempt: Patch = (task, { time }) => ({
  state: task.state,
  attempt: task.attempt + 1,
  firstScheduledAt: task.firstScheduledAt ?? time,
  scheduledAt: time,
  ...(task.error === undefined ? {} : { error: task.error }),
  ...(task.spent === undefined ? {} : { spent: task.spent }),
  ...lasting(task),
  ...(task.names === undefined ? {} : { names: task.names }),
  ...(task.isRetreat === undefined ? {} : { isRetreat: true }),
});

/** The task begins anew: its attempts no longer count, but their numbers are not reused. */
export const renewed: Patch = ({ state, attempt, ...task }) => ({
  state,
  attempt,
  ...(attempt === 0 ? {} : { spent: attempt }),
  ...lasting(task),
});

/** What stays whatever becomes of the attempts: what people ordered or asked for, and how far the work has come. */
export function lasting({
  input,
  reruns,
  details,
  changes,
  appointed,
}: Pick<TaskState, 'input' | 'reruns' | 'details' | 'changes' | 'appointed'>): Partial<TaskState> {
  return {
    ...(input === undefined ? {} : { input }),
    ...(reruns === undefined ? {} : { reruns }),
    ...(details === undefined ? {} : { details }),
    ...(changes === undefined ? {} : { changes }),
    ...(appointed === undefined ? {} : { appointed }),
  };
}

export const begun: Patch = ({ heartbeatAt: _before, ...task }, { fact, time }) => ({
  ...task,
  startedAt: time,
  ...(fact.type === 'task.started' ? { worker: fact.data.worker } : {}),
  ...(fact.type === 'task.started' && fact.data.lost !== undefined ? { deaths: (task.deaths ?? 0) + 1 } : {}),
});

export const assigned: Patch = (task, { fact }) => {
  if (fact.type !== 'task.assigned') return task;
  const { agents, by } = fact.data;
  const [lead] = agents;

  return {
    ...task,
    assigned: agents,
    ...(by === undefined || lead === undefined ? {} : { appointed: { agent: lead.agent, by } }),
  };
};

/** The attempt is taken from the worker that has it: the next one is as if this had not been. */
export const takenAway: Patch = (task, event) => ({
  ...assigned(task, event),
  spent: (task.spent ?? 0) + 1,
});

export const beating: Patch = (task, { fact, time }) => ({
  ...task,
  heartbeatAt: time,
  ...(fact.type === 'task.heartbeat' && fact.data.progress !== undefined
    ? { progress: fact.data.progress }
    : {}),
  ...(fact.type === 'task.heartbeat' && fact.data.details !== undefined
    ? { details: fact.data.details }
    : {}),
});

/** The task has its output. */
export const markFinished: Patch = (task, event) => {
  return {
    ...withoutTrouble(attributed(task, event)),
    endedAt: event.time,
    ...(event.fact.type === 'task.completed' ? { output: event.fact.data.output } : {}),
  };
};

/** Nearly all tasks have neither, and to leave out what may be there costs as much as all else of their change. */
function withoutTrouble(task: TaskState): TaskState {
  if (task.error === undefined && task.details === undefined) return task;
  const { error: _overcome, details: _done, ...rest } = task;

  return rest;
}

/** The attempt, or the whole task, failed; this alone does not settle the task. */
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
      return terminated(fact.data);
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

/** What ends only a body may be tried again with the FORK or loop around it. */
function terminated({
  scope,
  errorCode = 'run.terminated-by-task',
  reason = 'a TERMINATE was reached',
}: FactMembers): ErrorData {
  return { code: errorCode, message: reason, retryable: scope === 'body' };
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

/** Records that the task entered `state`, with what the event changes in it. */
export function enter(state: string, patch: Patch = (task) => task): ConfigPart {
  return change((task, event) => ({ ...patch(task, event), state }));
}

/** A new attempt begins when its state is entered. */
export function enterAttempt(state: string): ConfigPart {
  return enter(state, newAttempt);
}

/** Changes the data of the task within its state. */
export function change(patch: Patch): ConfigPart {
  const assigns = ({ context, event }: RegionArgs) => ({ task: patch(context.task, event) });

  return Object.assign(assign(assigns) as unknown as ConfigPart, { assigns, patch });
}

/** Announces to the other regions, within the same event, what became of the task (see transition.ts). */
export function announce(word: Announcement): ConfigPart {
  return { type: word };
}

/** A state in which the task is settled: its dependents are told. */
export function settledState(state: string, patch: Patch): ConfigPart {
  return { entry: [enter(state, patch), announce('settled')] };
}

/** A part of an XState configuration. The whole is typed where it becomes a machine. */
export type ConfigPart = Readonly<Record<string, unknown>>;

/** A task's region of the chart: its states by name, and what it takes in any of them. */
export type Region = {
  readonly initial: string;
  readonly states: Readonly<Record<string, ConfigPart>>;
  readonly on?: ConfigPart;
};

/** The run with those of `found` that it does not name yet among its orphans. */
export function withOrphans(run: RunState, found: readonly Orphan[]): RunState {
  const known = new Set((run.orphans ?? []).map((orphan) => orphan.run));
  const fresh = found.filter((orphan) => !known.has(orphan.run) && known.add(orphan.run));

  return fresh.length === 0 ? run : { ...run, orphans: [...(run.orphans ?? []), ...fresh] };
}
