import type { Json } from '../events/canonical-json.ts';

/** A CEL expression, without the `${ }` around it. */
export type Expression = string;
/** Any JSON value whose strings may hold `${expression}`. */
export type Template = Json;

export const taskTypes = [
  'SIMPLE',
  'DECISION',
  'FORK',
  'JOIN',
  'DO_WHILE',
  'WAIT',
  'HUMAN',
  'SUB_WORKFLOW',
  'EVENT',
  'HTTP',
  'SET_VARIABLE',
  'TRANSFORM',
  'TERMINATE',
  'NOOP',
] as const;
export type TaskType = (typeof taskTypes)[number];

/** A definition in its canonical form: second spellings are folded into first ones, defaults are filled in. */
export type Definition = {
  readonly id: string;
  readonly version: number;
  readonly name?: string;
  readonly description?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly input: Readonly<Record<string, InputProperty>>;
  /** `names`: each is the output of the task that declares it. `map`: name to template. */
  readonly output: { readonly kind: 'names'; readonly names: readonly string[] } | OutputMap;
  readonly variables: Readonly<Record<string, Template>>;
  readonly timeoutMs?: number;
  readonly timeoutPolicy: 'fail' | 'alert';
  readonly tasks: readonly Task[];
  readonly failureWorkflow?: FailureWorkflow;
  readonly triggers: readonly Trigger[];
  readonly monitoring?: Monitoring;
  readonly concurrency?: {
    readonly limit: number;
    readonly key?: Expression;
    readonly onLimit: 'queue' | 'refuse';
  };
};

export type OutputMap = { readonly kind: 'map'; readonly map: Readonly<Record<string, Template>> };

/** One input of a run. `type` is absent in the seeds' short form, where any value goes. */
export type InputProperty = {
  readonly required: boolean;
  readonly default?: Json;
  readonly type?: 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'object';
  readonly description?: string;
  readonly enum?: readonly Json[];
  readonly secret: boolean;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly items?: Json;
};

export type FailureWorkflow =
  | { readonly kind: 'named'; readonly id: string }
  | { readonly kind: 'inline'; readonly id: string; readonly steps: readonly (string | Task)[] };

export type Trigger =
  | {
      readonly kind: 'event';
      readonly on: string;
      readonly when?: Expression;
      readonly input?: Template;
      readonly dedupeKey?: Template;
    }
  | {
      readonly kind: 'cron';
      readonly cron: string;
      readonly timezone: string;
      readonly overlap: 'skip' | 'buffer' | 'allow';
      readonly catchupMs?: number;
      readonly input?: Template;
    }
  | { readonly kind: 'file'; readonly glob: string; readonly input?: Template };

export type Monitoring = {
  readonly reportFrequency: 'per_task' | 'per_run';
  readonly logTo?: string;
  readonly metrics: readonly string[];
};

/** When the dependencies of a task let it start (LANGUAGE.md, Every task). A number: so many completed. */
export type JoinRule = 'all' | 'any' | 'all_done' | number;

export type RetryPolicy = {
  /** 1 is no retry. */
  readonly maxAttempts: number;
  readonly backoff: 'fixed' | 'linear' | 'exponential';
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
  readonly multiplier: number;
  readonly jitter: 'none' | 'full';
  readonly nonRetryable: readonly string[];
  readonly onExhausted: 'fail' | 'pause';
};

/** A command that carries a SIMPLE task out. Strings may hold `${expression}`; no shell unless `shell` is set. */
export type RunCommand = {
  readonly command: readonly Template[];
  readonly stdin?: Template;
  readonly env: Readonly<Record<string, Template>>;
  readonly cwd?: Template;
  readonly timeoutMs?: number;
  readonly shell?: 'sh' | 'bash' | 'pwsh';
};

/** Who carries a SIMPLE task out: the first that applies, in this order. */
export type Performer =
  | { readonly kind: 'run'; readonly run: RunCommand }
  | { readonly kind: 'uses'; readonly action: string }
  | { readonly kind: 'agent'; readonly agent: string }
  | { readonly kind: 'skills'; readonly skills: readonly string[] };

export type TaskCommon = {
  readonly id: string;
  readonly name?: string;
  readonly description?: string;
  readonly dependsOn: readonly string[];
  readonly join: JoinRule;
  readonly when?: Expression;
  readonly input?: Template;
  /** `names`: the result must contain these. `map`: reshapes the result, which templates see as `result`. */
  readonly output?: { readonly kind: 'names'; readonly names: readonly string[] } | OutputMap;
  readonly outputTo?: string;
  readonly retry: RetryPolicy;
  readonly timeoutMs?: number;
  readonly queueTimeoutMs?: number;
  readonly totalTimeoutMs?: number;
  readonly heartbeatTimeoutMs?: number;
  readonly timeoutPolicy: 'retry' | 'fail' | 'alert';
  readonly fallback: readonly string[];
  readonly optional: boolean;
  readonly catch: readonly { readonly errors: readonly string[]; readonly next: string }[];
  readonly compensate?: string;
  readonly performer: Performer;
  readonly agentLevel?: 'L0' | 'L1' | 'L2' | 'L3';
  readonly priority: number;
  readonly circuitBreaker?: {
    readonly failures: number;
    readonly windowMs: number;
    readonly openForMs: number;
    readonly halfOpen: number;
  };
};

export type DecisionCase = {
  /** The value of `decision_param` that selects this case, as text. */
  readonly value: string;
  readonly condition?: Expression;
  readonly next: readonly string[];
};

export type SimpleTask = TaskCommon & { readonly type: 'SIMPLE' };
export type DecisionTask = TaskCommon & {
  readonly type: 'DECISION';
  readonly param: Expression;
  readonly cases: readonly DecisionCase[];
  readonly defaultNext?: readonly string[];
};
export type HumanTask = TaskCommon & {
  readonly type: 'HUMAN';
  readonly waitForApproval: boolean;
  readonly approvers?: { readonly level?: 'L0' | 'L1' | 'L2' | 'L3'; readonly names: readonly string[] };
  readonly form?: Json;
  readonly onTimeout: 'fail' | 'approve' | 'reject' | 'escalate';
  readonly onReject: 'fail' | 'continue';
  readonly quorum: number;
};
export type TransformTask = TaskCommon & { readonly type: 'TRANSFORM' };
export type NoopTask = TaskCommon & { readonly type: 'NOOP' };

/** The types that are parsed and checked, and refused by name at start until they can be carried out. */
export type ForkTask = TaskCommon & {
  readonly type: 'FORK';
  readonly branches?: readonly (readonly Task[])[];
  readonly forEach?: Expression;
  readonly as?: string;
  readonly body?: { readonly tasks: readonly Task[] } | { readonly workflow: string };
  readonly concurrency?: number;
  /** A count, or a percentage as text such as `10%`. */
  readonly tolerateFailures?: number | string;
};
export type JoinTask = TaskCommon & { readonly type: 'JOIN'; readonly joinOn: readonly string[] };
export type DoWhileTask = TaskCommon & {
  readonly type: 'DO_WHILE';
  readonly tasks: readonly Task[];
  readonly loopCondition?: Expression;
  readonly items?: Template;
  readonly maxIterations: number;
  readonly keepLast: number;
};
export type WaitTask = TaskCommon & {
  readonly type: 'WAIT';
  readonly durationMs?: number;
  readonly until?: Template;
  readonly signal?: string;
  readonly match?: Expression;
  readonly onTimeout: 'fail' | 'continue';
};
export type SubWorkflowTask = TaskCommon & {
  readonly type: 'SUB_WORKFLOW';
  /** `id` or `id@version`. */
  readonly workflow: string;
  readonly onParentClose: 'cancel' | 'abandon';
  readonly wait: boolean;
};
export type EventTask = TaskCommon & {
  readonly type: 'EVENT';
  readonly event: { readonly type: string; readonly subject?: Template; readonly data?: Template };
};
export type HttpTask = TaskCommon & {
  readonly type: 'HTTP';
  readonly request: {
    readonly method: string;
    readonly url: Template;
    readonly headers: Readonly<Record<string, Template>>;
    readonly body?: Template;
    readonly timeoutMs?: number;
  };
  readonly expectStatus?: readonly number[];
};
export type SetVariableTask = TaskCommon & {
  readonly type: 'SET_VARIABLE';
  readonly variables: Readonly<Record<string, Template>>;
};
export type TerminateTask = TaskCommon & {
  readonly type: 'TERMINATE';
  readonly status: 'COMPLETED' | 'FAILED';
  readonly reason?: Template;
};

export type Task =
  | SimpleTask
  | DecisionTask
  | HumanTask
  | TransformTask
  | NoopTask
  | ForkTask
  | JoinTask
  | DoWhileTask
  | WaitTask
  | SubWorkflowTask
  | EventTask
  | HttpTask
  | SetVariableTask
  | TerminateTask;
