import type { Chart } from './chart.ts';
import { withEarlier } from './earlier.ts';
import { type TaskPlace, unbegun } from './plan.ts';
import type { Body, TaskState } from './run/run-state.ts';

/** The tasks of the run or of a pass while they are taken back. */
export type Tasks = Record<string, TaskState>;

/** What is noted while a run is taken back to where it can go on. */
export type Pen = {
  readonly chart: Chart;
  readonly retries: boolean;
  readonly time: string;
  readonly waiting: string[];
  readonly changed: string[];
};

export function put(tasks: Tasks, prefix: string, id: string, task: TaskState, { changed }: Pen): void {
  tasks[id] = task;
  changed.push(prefix + id);
}

export function reset(tasks: Tasks, prefix: string, id: string, pen: Pen): void {
  const task = tasks[id];
  if (task === undefined || task.state === 'standby') return;
  if (waitsAside(pen.chart.plan.get(id))) {
    standBy(tasks, prefix, id, pen);
    return;
  }
  const { attempt, input } = task;
  const spent = attempt === 0 ? {} : { spent: attempt };
  const waiting = { state: 'waiting', attempt, ...spent, ...(input === undefined ? {} : { input }) };
  put(tasks, prefix, id, withEarlier(pen.chart.plan.get(id), task, waiting), pen);
  pen.waiting.push(prefix + id);
}

/** It is for undoing alone. */
export function waitsAside(place: TaskPlace | undefined): boolean {
  return place?.undoes === true || place?.aside === true;
}

/** What undoes another task may have begun before the run was terminated; it waits aside again. */
export function standBy(tasks: Tasks, prefix: string, id: string, pen: Pen): void {
  const { state, attempt } = tasks[id] ?? unbegun(true);
  if (state === 'standby') return;
  const spent = attempt === 0 ? {} : { spent: attempt };
  put(tasks, prefix, id, { ...unbegun(true), attempt, ...spent }, pen);
}

/**
 * It goes on with as many attempts and as much time as at its beginning. What a body did stands under the number of its
 * attempt, so that goes on; the branches of a FORK stand for themselves, and it has an attempt of its own to shape.
 */
export function opened(task: TaskState | undefined, { time }: Pen): TaskState {
  const { error: _error, endedAt: _at, output: _output, ...rest } = task ?? { state: 'open', attempt: 1 };
  const { alertedAt: _alerted, ...kept } = rest;
  const attempt = kept.body === undefined ? kept.attempt + 1 : kept.attempt;
  const spent = attempt > 1 ? { spent: attempt - 1 } : {};

  return {
    ...kept,
    ...spent,
    state: 'open',
    attempt,
    firstScheduledAt: time,
    scheduledAt: time,
    startedAt: time,
  };
}

/** A pass that goes on counts neither as completed nor as failed. */
export function counted(body: Body, was: 'open' | 'completed' | 'failed'): Body {
  return {
    ...body,
    completed: body.completed - (was === 'completed' ? 1 : 0),
    failed: body.failed - (was === 'failed' ? 1 : 0),
  };
}
