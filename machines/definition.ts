import type { Json } from '../events/canonical-json.ts';
import type { InputProperty } from './input-property.ts';
import type { RunBudget } from './models/budget.ts';
import type { Retention } from './retention/retention.ts';
import type { OutputMap, Task } from './task.ts';
import type { Expression, Template } from './template-source.ts';

export type { InputProperty } from './input-property.ts';

/** What the names of the tools of the MCP server begin with that are no definitions. */
export const operatorToolPrefix = 'workflow_';

/** A definition in its canonical form: second spellings are folded into first ones, defaults are filled in. */
export type Definition = {
  readonly id: string;
  readonly version: number;
  readonly name?: string;
  readonly description?: string;
  /** Those that are the same for all runs. */
  readonly labels: Readonly<Record<string, string>>;
  /** Those that are made of expressions of the input of a run. */
  readonly runLabels?: Readonly<Record<string, Template>>;
  /** What a run is called in the business. */
  readonly key?: Template;
  readonly input: Readonly<Record<string, InputProperty>>;
  /** `names`: each is the output of the task that declares it. `map`: name to template. */
  readonly output: { readonly kind: 'names'; readonly names: readonly string[] } | OutputMap;
  readonly variables: Readonly<Record<string, Template>>;
  readonly timeoutMs?: number;
  readonly timeoutPolicy: 'fail' | 'alert';
  readonly tasks: readonly Task[];
  readonly failureWorkflow?: FailureWorkflow;
  readonly triggers: readonly Trigger[];
  readonly examples?: Examples;
  readonly monitoring?: Monitoring;
  readonly concurrency?: {
    readonly limit: number;
    readonly key?: Expression;
    readonly onLimit: WhenFull;
  };
  /** Attempts of runs with different keys that wait for the same agent take turns. */
  readonly fairness?: { readonly key: Expression };
  /** `sealed`: every value of a run is recorded sealed, but for inputs with `pii: false`. */
  readonly payloads?: 'sealed';
  /** Whose the values of a run are: what is sealed is erased with that subject. Absent: by the run. */
  readonly erasureKey?: string;
  /** The events that cancel a run while it is under way. */
  readonly cancelOn?: readonly CancelOn[];
  /** Absent: runs stay as long as the project says. */
  readonly retention?: Retention;
  /** The most that a run may ask of models; `askAt`: at this share of it somebody is asked whether it may go on. */
  readonly budget?: { readonly most: RunBudget; readonly askAt?: number };
  /** There where it is a tool of the MCP server. */
  readonly expose?: { readonly mcp: true };
};

/** An event that cancels a run: every one of the type, or those of which `when` is true. */
export type CancelOn = { readonly event: string; readonly when?: Expression };

/**
 * What becomes of a run that would be one too many: it waits, is not even started, or is cancelled as the newest; or
 * the oldest under way is cancelled for it.
 */
export type WhenFull = 'queue' | 'refuse' | 'cancel_oldest' | 'cancel_newest';

/** Values that explorations and tests of a definition try before those that they find. A run knows nothing of them. */
export type Examples = {
  readonly input: readonly Readonly<Record<string, Json>>[];
  /** By the id of the task that gives them, or of the FORK whose items runs of another workflow work on. */
  readonly results: Readonly<Record<string, readonly Json[]>>;
  /** What comes with a signal, by its name. */
  readonly signals: Readonly<Record<string, readonly Json[]>>;
  /** What comes with an approval, by the id of the task that asks for it. */
  readonly answers: Readonly<Record<string, readonly Json[]>>;
};

export type FailureWorkflow =
  | { readonly kind: 'named'; readonly id: string }
  | { readonly kind: 'inline'; readonly id: string; readonly steps: readonly (string | Task)[] };

/** What starts runs. `id` is absent where the trigger goes by the name that follows from the rest. */
export type Trigger = EventTrigger | CronTrigger | FileTrigger;

export type EventTrigger = {
  readonly kind: 'event';
  readonly id?: string;
  readonly on: string;
  readonly when?: Expression;
  readonly input?: Template;
  readonly dedupeKey?: Template;
  /** So many runs it starts within the time, whoever publishes the events. */
  readonly rateLimit?: { readonly limit: number; readonly perMs: number };
  /** Why an event starts no run at once. */
  readonly hold?: HoldRule;
};

/**
 * What events of a trigger wait for, those with the same `key` together. `throttle`: for their turn, so many runs
 * within the time; `debounce`: that none follows for a while, then the last starts a run; `batch`: for others, with
 * which they start one.
 */
export type HoldRule = { readonly key?: Template } & (
  | { readonly kind: 'throttle'; readonly limit: number; readonly perMs: number }
  | { readonly kind: 'debounce'; readonly quietMs: number; readonly mostMs?: number }
  | { readonly kind: 'batch'; readonly size: number; readonly withinMs: number }
);

export type CronTrigger = {
  readonly kind: 'cron';
  readonly id?: string;
  readonly cron: string;
  readonly timezone: string;
  readonly overlap: 'skip' | 'buffer' | 'allow';
  /** How far back missed times are made up for. */
  readonly catchupMs: number;
  readonly input?: Template;
};

export type FileTrigger = {
  readonly kind: 'file';
  readonly id?: string;
  readonly glob: string;
  readonly input?: Template;
};

export type Metric = 'execution_time' | 'task_success_rate' | 'retry_count';

export type Monitoring = {
  readonly reportFrequency: 'per_task' | 'per_run';
  /** The file of the project that the execution log goes to; absent: `.3ox/workflow.execution.log`. */
  readonly logTo?: string;
  /** What the line of a run's end tells; empty: all of them. */
  readonly metrics: readonly Metric[];
  readonly thresholds?: Thresholds;
};

/** What an alert is told of when a run passes it. */
export type Thresholds = {
  /** A run may take so long. */
  readonly executionTimeMs?: number;
  /** The least share of a run's tasks that have to complete, 0 to 1. */
  readonly taskSuccessRate?: number;
  /** A run may begin so many attempts anew. */
  readonly retryCount?: number;
};

/** Reads how a definition is named: `id` or `id@version`. */
export function parseDefinitionName(name: string): { readonly id: string; readonly version?: number } {
  const [, id, version] = /^(.+)@(\d{1,10})$/.exec(name) ?? [];

  return id === undefined ? { id: name } : { id, version: Number(version) };
}
