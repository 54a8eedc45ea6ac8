import type { TimerKind } from '../../events/timer-events.ts';
import { isFinal, type TaskState } from '../compile/run-state.ts';
import { dueTime } from '../due-time.ts';
import type { Task } from '../task.ts';
import type { Run } from './run.ts';

/** A due time of a run. The shell appends `timer.fired` when it has come; overdue ones fire at once on load. */
export type Timer = {
  readonly timer: TimerKind;
  readonly task?: string;
  readonly attempt?: number;
  /** ISO 8601, UTC. */
  readonly dueAt: string;
};

/** Every timer that runs, derived from the state. None while the run is paused: they keep their due times. */
export function timersOf(run: Run): readonly Timer[] {
  const state = run.state;
  if (isFinal(state.status) || state.status === 'PAUSED' || state.startedAt === '') return [];
  const timers: Timer[] = [];
  const { timeoutMs } = run.chart.definition;
  if (timeoutMs !== undefined && state.alertedAt === undefined) {
    timers.push({ timer: 'run.timeout', dueAt: dueTime(state.startedAt, timeoutMs) });
  }
  for (const { task } of run.chart.plan.values()) {
    const taskState = state.tasks[task.id];
    if (taskState !== undefined && (task.type === 'SIMPLE' || task.type === 'HUMAN'))
      timers.push(...taskTimers(task, taskState));
  }

  return timers;
}

/** The timer that is due first. */
export function nextTimer(timers: readonly Timer[]): Timer | undefined {
  let next: Timer | undefined;
  for (const timer of timers) if (next === undefined || timer.dueAt < next.dueAt) next = timer;

  return next;
}

function taskTimers(task: Task, state: TaskState): readonly Timer[] {
  switch (state.state) {
    case 'scheduled':
      return [
        ...due('task.queue-timeout', task, state, state.scheduledAt, task.queueTimeoutMs),
        ...due('task.total-timeout', task, state, state.firstScheduledAt, task.totalTimeoutMs),
      ];
    case 'in_progress':
      return [
        ...(state.alertedAt === undefined
          ? due('task.timeout', task, state, state.startedAt, task.timeoutMs)
          : []),
        ...due(
          'task.heartbeat-timeout',
          task,
          state,
          state.heartbeatAt ?? state.startedAt,
          task.heartbeatTimeoutMs,
        ),
        ...due('task.total-timeout', task, state, state.firstScheduledAt, task.totalTimeoutMs),
      ];
    case 'retrying':
      return [
        ...due('task.retry', task, state, state.retryAt, 0),
        ...due('task.total-timeout', task, state, state.firstScheduledAt, task.totalTimeoutMs),
      ];
    case 'pending_approval':
      return state.escalatedAt === undefined
        ? due('approval.timeout', task, state, state.scheduledAt, task.timeoutMs)
        : [];
    default:
      return [];
  }
}

function due(
  timer: TimerKind,
  task: Task,
  state: TaskState,
  from: string | undefined,
  delayMs: number | undefined,
): readonly Timer[] {
  if (from === undefined || delayMs === undefined) return [];

  return [{ timer, task: task.id, attempt: state.attempt, dueAt: dueTime(from, delayMs) }];
}
