import { z } from 'zod';
import { defineEvent } from './define-event.ts';
import { ErrorData } from './error-data.ts';
import { JsonValue } from './json-value.ts';

const attemptOf = { task: z.string(), attempt: z.int().positive() };
/** Who carried the attempt out, and when that began (ISO 8601, UTC). */
const outcomeOf = { ...attemptOf, worker: z.string().optional(), startedAt: z.string().optional() };

/** The condition (`when`) of a task was evaluated: a task whose condition is false is skipped. */
export const ConditionEvaluated = defineEvent('condition.evaluated', 1, {
  task: z.string(),
  result: z.boolean(),
  values: z.record(z.string(), JsonValue),
});

/** An attempt began. Attempts that end at once are recorded by their end alone, which tells when they began. */
export const TaskStarted = defineEvent('task.started', 1, { ...attemptOf, worker: z.string() });

/** A worker still works on the attempt. Moves the heartbeat deadline; `progress` is shown to people. */
export const TaskHeartbeat = defineEvent('task.heartbeat', 1, {
  ...attemptOf,
  progress: z.object({ percent: z.number().optional(), message: z.string().optional() }).optional(),
});

export const TaskCompleted = defineEvent('task.completed', 1, { ...outcomeOf, output: JsonValue });

/** One attempt failed. Whether another follows is decided by the chart from the retry policy. */
export const TaskFailed = defineEvent('task.failed', 1, { ...outcomeOf, error: ErrorData });

/** A DECISION chose. `case` is absent when no case matched and there is no default. */
export const DecisionMade = defineEvent('decision.made', 1, {
  task: z.string(),
  value: JsonValue,
  case: z.string().optional(),
  next: z.array(z.string()),
});

/** One person agreed. The task completes when the quorum is reached. */
export const ApprovalGranted = defineEvent('approval.granted', 1, {
  task: z.string(),
  by: z.string(),
  comment: z.string().optional(),
  data: JsonValue.optional(),
});

/** One person refused; that settles the approval. */
export const ApprovalDenied = defineEvent('approval.denied', 1, {
  task: z.string(),
  by: z.string(),
  comment: z.string().optional(),
  data: JsonValue.optional(),
});
