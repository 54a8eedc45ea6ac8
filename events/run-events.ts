import { z } from 'zod';
import { JsonObject, JsonValue } from './canonical-json.ts';
import { defineEvent } from './define-event.ts';

/**
 * Why something failed, shaped after RFC 7807: a stable dotted `code` for programs, a `message` for people,
 * whether another attempt may help, and whatever the place of failure knows in `details`.
 */
export const ErrorData = z.object({
  code: z.string(),
  message: z.string(),
  retryable: z.boolean(),
  details: JsonValue.optional(),
});

export type ErrorData = z.output<typeof ErrorData>;

/** Names a definition beyond doubt: `hash` is the SHA-256 of its canonical text, in lower-case hex. */
export const DefinitionRef = z.object({ id: z.string(), version: z.int().positive(), hash: z.string() });

export type DefinitionRef = z.output<typeof DefinitionRef>;

/**
 * What started a run that nobody asked for by hand. `id` names the trigger. An event is named as CloudEvents has it;
 * `tick` is the time of the schedule (ISO 8601, UTC), `file` a path in the project.
 */
export const TriggerRef = z.object({
  kind: z.enum(['event', 'cron', 'file']),
  id: z.string(),
  event: z.object({ source: z.string(), id: z.string(), type: z.string() }).optional(),
  tick: z.string().optional(),
  file: z.string().optional(),
  /** How many runs lie between it and the outside, where its event came from a run. */
  hops: z.int().positive().optional(),
});

export type TriggerRef = z.output<typeof TriggerRef>;

/**
 * The task of another run that a run carries out. `key` is the idempotency key of that task. `station`: where that run
 * is, if it is on another station.
 */
export const ParentRef = z.object({
  run: z.string(),
  task: z.string(),
  attempt: z.int().positive(),
  key: z.string().optional(),
  station: z.string().optional(),
});

/** The most that a run may ask of models; `ms` is the time that they take. */
export const ModelBudget = z.object({
  tokens: z.number().nonnegative().optional(),
  money: z.number().nonnegative().optional(),
  calls: z.number().nonnegative().optional(),
  ms: z.number().nonnegative().optional(),
});

/** The first event of every run. The run replays on exactly the definition named here. */
export const RunStarted = defineEvent('run.started', 1, {
  run: z.string(),
  definition: DefinitionRef,
  input: JsonObject,
  /** The initial variables, where the definition declares any. */
  variables: JsonObject.optional(),
  /** The task of another run that started this one as a part of itself. */
  parent: ParentRef.optional(),
  /** The run whose failure this one answers. */
  failureOf: z.string().optional(),
  /** Runs of the definition with the same key share its concurrency limit. */
  concurrencyKey: z.string().optional(),
  /** Whose the run is, where attempts of several wait for the same agent: they take turns. */
  fairnessKey: z.string().optional(),
  /** What the run is called in the business, where its definition says so. */
  businessKey: z.string().optional(),
  /** Its labels, as the definition has them or as expressions gave them: at most 20. */
  labels: z.record(z.string(), z.string()).optional(),
  /** The name of the key that values of the run are sealed with, where its definition marks any. */
  erasureKey: z.string().optional(),
  trigger: TriggerRef.optional(),
  /** Of a part of another run, or the answer to its failure: whose request that is. Else it is the actor's. */
  requesters: z.array(z.string()).optional(),
  /** Those of the run that it belongs to, as a part of it or as the answer to its failure: see `trigger`. */
  hops: z.int().positive().optional(),
  /** What was left of the budget of the run that started this one as a part of itself. */
  budget: ModelBudget.optional(),
});

/** A place became free among the runs that may be under way at the same time. */
export const RunAdmitted = defineEvent('run.admitted', 1, { key: z.string() });

/**
 * The first event of a run that goes on from event `at` of another: `state` is the state of that run then, `hash` the
 * hash of that event. `input` replaces the input of the old run, which `state` still shows.
 */
export const RunForked = defineEvent('run.forked', 1, {
  run: z.string(),
  definition: DefinitionRef,
  from: z.object({ run: z.string(), at: z.int().positive(), hash: z.string() }),
  state: z.looseObject({ phase: z.string() }),
  input: JsonObject.optional(),
  reason: z.string().optional(),
});

/**
 * The run goes on by another version of its definition: what was recorded so far leads there to `state`. This record is
 * the first that is folded by that version.
 */
export const RunMigrated = defineEvent('run.migrated', 1, {
  definition: DefinitionRef,
  from: DefinitionRef,
  state: z.looseObject({ phase: z.string() }),
});

/** Nothing new is scheduled until the run is resumed; attempts in flight finish and are recorded. */
export const RunPaused = defineEvent('run.paused', 1, {
  reason: z.string().optional(),
  /** The soft limit of the budget was reached: somebody has to say that the run may go on. */
  budget: z.literal('asked').optional(),
});

export const RunResumed = defineEvent('run.resumed', 1, { reason: z.string().optional() });

/** The run was ended by hand, at once, without compensation. */
export const RunTerminated = defineEvent('run.terminated', 1, { reason: z.string().optional() });

/** Every task is settled and the output of the run, where it is made of expressions, is known. */
export const RunCompleted = defineEvent('run.completed', 1, { output: JsonValue });

/** The run failed although no task did: its output could not be made. */
export const RunFailed = defineEvent('run.failed', 1, { error: ErrorData });

/** The run was asked to stop and to undo what it did: no new task begins, compensation runs, then it is over. */
export const RunCancelled = defineEvent('run.cancelled', 1, { reason: z.string().optional() });

/** A run that had ended goes on from the tasks that failed and from those that its end cancelled. */
export const RunRetried = defineEvent('run.retried', 1, { reason: z.string().optional() });

/**
 * A run that had ended goes on from `from`: this task and what follows from it are carried out anew, the rest stays.
 * `before` is what `input` and `taskInput` replace.
 */
export const RunRerun = defineEvent('run.rerun', 1, {
  from: z.string(),
  input: JsonObject.optional(),
  taskInput: JsonValue.optional(),
  before: z.object({ input: JsonObject, taskInput: JsonValue.optional() }),
  reason: z.string().optional(),
});

/** The workflow that answers the failure was started as `run`, or could not be, for the reason in `error`. */
export const FailureWorkflowStarted = defineEvent('failure-workflow.started', 1, {
  run: z.string().optional(),
  definition: DefinitionRef.optional(),
  error: ErrorData.optional(),
});

/** Nobody wants to go on with a task that failed for good: it is no longer listed among the dead letters. */
export const DeadLetterDropped = defineEvent('dead-letter.dropped', 1, { reason: z.string().optional() });

/** A message from outside. `tasks` were waiting for it; without any it is kept until one asks for it. */
export const SignalReceived = defineEvent('signal.received', 1, {
  name: z.string(),
  data: JsonValue,
  /** Says twice that the same signal was sent: the second one is refused. */
  id: z.string().optional(),
  tasks: z.array(z.string()),
});
