import { z } from 'zod';
import { JsonObject, JsonValue } from './canonical-json.ts';
import { defineEvent } from './define-event.ts';
import { DefinitionRef, ErrorData } from './run-events.ts';

const attemptOf = { task: z.string(), attempt: z.int().positive() };
/** Who carried the attempt out, and when that began (ISO 8601, UTC). */
const outcomeOf = { ...attemptOf, worker: z.string().optional(), startedAt: z.string().optional() };

/** Text as it was printed, or its beginning and end where there was more than is kept. */
const Printed = z.union([
  z.string().max(65_536),
  z.object({
    head: z.string().max(65_536),
    omittedBytes: z.int().nonnegative(),
    tail: z.string().max(65_536),
  }),
]);
export type Printed = z.output<typeof Printed>;

/** What an attempt printed. `report`: the lines on descriptor 3 that could not be taken, each with a code. */
export const AttemptLog = z.object({
  stdout: Printed.optional(),
  stderr: Printed.optional(),
  report: z.array(z.string().max(2_000)).max(100).optional(),
});
export type AttemptLog = z.output<typeof AttemptLog>;

/** An `AttemptLog`; any JSON to the journal, as somebody else wrote its text. Absent where nothing was printed. */
const log = JsonValue.optional();

/** The condition (`when`) of a task was evaluated: a task whose condition is false is skipped. */
export const ConditionEvaluated = defineEvent('condition.evaluated', 1, {
  task: z.string(),
  result: z.boolean(),
  values: JsonObject,
});

/** What the expressions gave by which a task names an agent, skills, people, a signal or a definition. */
export const NamesEvaluated = defineEvent('names.evaluated', 1, { task: z.string(), names: JsonObject });

const Assignment = z.object({
  ...attemptOf,
  agents: z.array(z.object({ agent: z.string(), skills: z.array(z.string()) })).min(1),
});
export type Assignment = z.output<typeof Assignment>;

/**
 * Agents were found for an attempt by their skills. The first of a team leads it: it gets the work. `by`: somebody gave
 * the task to this agent, which keeps it through further attempts. `from` had it before. `taken`: the worker that had
 * begun the attempt and has no say any more; another attempt follows, and this one does not count.
 */
export const TaskAssigned = defineEvent('task.assigned', 1, {
  ...Assignment.shape,
  by: z.string().optional(),
  from: z.string().optional(),
  taken: z.string().optional(),
  reason: z.string().optional(),
});

/** The same for several attempts at once, as where a FORK opens many passes: one record instead of hundreds. */
export const TasksAssigned = defineEvent('tasks.assigned', 1, { assignments: z.array(Assignment).min(1) });

/**
 * An attempt began. Attempts that end at once are recorded by their end alone, which tells when they began. `lost` is
 * the worker that had begun the same attempt before and was not heard of any more.
 */
export const TaskStarted = defineEvent('task.started', 1, {
  ...attemptOf,
  worker: z.string(),
  lost: z.string().optional(),
});

/** A worker still works on the attempt. Moves the heartbeat deadline; `progress` is shown to people. */
export const TaskHeartbeat = defineEvent('task.heartbeat', 1, {
  ...attemptOf,
  progress: z.object({ percent: z.number().optional(), message: z.string().optional() }).optional(),
  /** How far the work has come: the next attempt, or the next worker, gets it. */
  details: JsonValue.optional(),
});

/**
 * What an attempt asked of a model. `provider` is the name that the model has there. `money` is in the currency of the
 * prices in models.yaml, and absent where these are not known. `estimated`: the provider did not say how many tokens
 * there were, so that at least as many as there can be are counted.
 */
export const ModelUsage = z.object({
  model: z.string(),
  provider: z.string(),
  calls: z.int().nonnegative(),
  inputTokens: z.int().nonnegative(),
  outputTokens: z.int().nonnegative(),
  ms: z.int().nonnegative(),
  money: z.number().nonnegative().optional(),
  estimated: z.literal(true).optional(),
});
export type ModelUsage = z.output<typeof ModelUsage>;

/** What models were asked for by a run, and the runs that it started. `unpriced`: some of it has no known price. */
export const ModelsSpent = z.object({
  calls: z.int().nonnegative(),
  tokens: z.int().nonnegative(),
  ms: z.int().nonnegative(),
  money: z.number().nonnegative(),
  unpriced: z.literal(true).optional(),
});
export type ModelsSpent = z.output<typeof ModelsSpent>;

const usage = ModelUsage.optional();

export const TaskCompleted = defineEvent('task.completed', 1, {
  ...outcomeOf,
  output: JsonValue,
  log,
  usage,
});

/** One attempt failed. Whether another follows is decided by the chart from the retry policy. */
export const TaskFailed = defineEvent('task.failed', 1, { ...outcomeOf, error: ErrorData, log, usage });

/**
 * What an attempt had printed that was ended from outside: it timed out, was cancelled, or its run ended. Changes
 * nothing; may come after the end of the run.
 */
export const TaskLogged = defineEvent('task.logged', 1, { ...attemptOf, worker: z.string(), log: JsonValue });

/** A DECISION chose. `case` is absent when no case matched and there is no default. */
export const DecisionMade = defineEvent('decision.made', 1, {
  task: z.string(),
  value: JsonValue,
  case: z.string().optional(),
  next: z.array(z.string()),
});

/** Who is away and named `by` to answer meanwhile: absent where `by` answers for themselves. */
const inPlaceOf = z.string().optional();
/** By the link of a mail, and not as somebody who signed in. */
const via = z.literal('link').optional();

/** One person agreed. The task completes when the quorum is reached. */
export const ApprovalGranted = defineEvent('approval.granted', 1, {
  task: z.string(),
  by: z.string(),
  inPlaceOf,
  via,
  comment: z.string().optional(),
  data: JsonValue.optional(),
});

/** One person refused; that settles the approval. */
export const ApprovalDenied = defineEvent('approval.denied', 1, {
  task: z.string(),
  by: z.string(),
  inPlaceOf,
  via,
  comment: z.string().optional(),
  data: JsonValue.optional(),
});

/** Somebody wants something else before they decide: `from` and what follows from it is done again. */
export const ApprovalChangeRequested = defineEvent('approval.change-requested', 1, {
  task: z.string(),
  by: z.string(),
  inPlaceOf,
  via,
  comment: z.string(),
  /** From 1. */
  round: z.int().positive(),
  from: z.string(),
});

/** Somebody who was asked handed the answer over: `to` may give it, whatever their level. */
export const ApprovalDelegated = defineEvent('approval.delegated', 1, {
  task: z.string(),
  by: z.string(),
  to: z.string(),
  reason: z.string().optional(),
});

/** An answer came twice, too late, too early, or from somebody who may not give it. It changed nothing. */
export const ApprovalRefused = defineEvent('approval.refused', 1, {
  task: z.string(),
  by: z.string(),
  decision: z.enum(['approve', 'reject', 'delegate', 'change']),
  code: z.string(),
  message: z.string(),
});

/** What a FORK or a loop works on, one after another or side by side. `count` is how many there are. */
export const ItemsListed = defineEvent('items.listed', 1, {
  ...attemptOf,
  count: z.int().nonnegative(),
  items: JsonValue,
});

/** The condition of a loop was evaluated after an iteration (from 1): true means another one follows. */
export const LoopEvaluated = defineEvent('loop.evaluated', 1, {
  ...attemptOf,
  iteration: z.int().positive(),
  result: z.boolean(),
  values: JsonObject,
});

/** A WAIT knows what it waits for: a time (`until`, ISO 8601 UTC), or a signal that has not come yet. */
export const WaitArmed = defineEvent('wait.armed', 1, { ...attemptOf, until: z.string().optional() });

/** A signal that had come before was what the task waits for. `position` counts the signals kept, from 0. */
export const SignalTaken = defineEvent('signal.taken', 1, {
  ...attemptOf,
  name: z.string(),
  position: z.int().nonnegative(),
  data: JsonValue,
});

export const VariablesSet = defineEvent('variables.set', 1, {
  task: z.string(),
  values: JsonObject,
});

/** A TERMINATE was reached: the run ends with this status, or only the branch or pass that it is in (`scope`). */
export const TerminationReached = defineEvent('termination.reached', 1, {
  task: z.string(),
  status: z.enum(['COMPLETED', 'FAILED', 'TERMINATED']),
  scope: z.literal('body').optional(),
  /** The code of the error, where the definition gives one. */
  errorCode: z.string().optional(),
  reason: z.string().optional(),
  output: JsonValue.optional(),
});

/**
 * The run that carries the attempt out: it is started once this event is in the journal. `station`: where it is, if it
 * is on another station; the definition is one of that station then.
 */
export const ChildStarted = defineEvent('child.started', 1, {
  ...attemptOf,
  run: z.string(),
  definition: DefinitionRef,
  input: JsonObject,
  station: z.string().optional(),
});

/** The run that carried the attempt out has ended. `status` is `NOT_STARTED` for one that was given up before. */
export const ChildEnded = defineEvent('child.ended', 1, {
  ...attemptOf,
  run: z.string(),
  status: z.string(),
  output: JsonValue.optional(),
  error: ErrorData.optional(),
  /** What it asked of models, with the runs that it started. */
  spent: ModelsSpent.optional(),
});

/** Somebody decided that the task is not to be carried out. */
export const TaskSkipped = defineEvent('task.skipped', 1, {
  task: z.string(),
  reason: z.string().optional(),
});

/** Somebody completed the task by hand. */
export const TaskResolved = defineEvent('task.resolved', 1, {
  task: z.string(),
  output: JsonValue,
  reason: z.string().optional(),
});
