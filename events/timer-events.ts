import { z } from 'zod';
import { defineEvent } from './define-event.ts';

/** What a timer is for. A timer is never stored: it is derived from the state of the run. */
export const TimerKind = z.enum([
  'run.timeout',
  'task.timeout',
  'task.queue-timeout',
  'task.total-timeout',
  'task.heartbeat-timeout',
  'task.retry',
  'approval.timeout',
  'approval.escalation',
  'approval.reminder',
  'wait.elapsed',
]);
export type TimerKind = z.output<typeof TimerKind>;

/** A due time passed. `task` is absent for the timer of the whole run; `dueAt` is ISO 8601, UTC. */
export const TimerFired = defineEvent('timer.fired', 1, {
  timer: TimerKind,
  task: z.string().optional(),
  attempt: z.int().positive().optional(),
  dueAt: z.string(),
});
