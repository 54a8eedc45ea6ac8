import type { Json } from '../events/canonical-json.ts';
import type { InputProperty } from './input-property.ts';
import type { Expression, Template } from './template-source.ts';

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

/** Milliseconds; or a text with expressions, in whose place `withNames` puts what they gave. */
export type Duration = number | string;

/** The milliseconds of a duration, once they are known. */
export function knownMs(duration: Duration | undefined): number | undefined {
  return typeof duration === 'number' ? duration : undefined;
}

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

/** How `exclude` names whoever asked for the run. */
export const requesterWord = 'requester';

/** The level may be made of an expression, like the names: see `withNames`. */
export type Approvers = {
  readonly level?: 'L0' | 'L1' | 'L2' | 'L3';
  readonly names: readonly string[];
  /** Who may not, whatever else holds: `requester`, or whoever decided the task of this id. */
  readonly exclude?: readonly string[];
};

export type EscalationStage = { readonly afterMs: number; readonly to: Approvers };

export type HumanTask = TaskCommon & {
  readonly type: 'HUMAN';
  readonly waitForApproval: boolean;
  readonly approvers?: Approvers;
  readonly form?: Json;
  /** What the request is about, as people read it in lists: by the names it is shown under. */
  readonly show?: Readonly<Record<string, Template>>;
  readonly onTimeout: 'fail' | 'approve' | 'reject' | 'escalate';
  /** Who may decide as well, once the time has passed. */
  readonly escalateTo?: Approvers;
  /** Who may decide as well, one stage after the other; each counts from the one before, the first from the asking. */
  readonly escalate?: readonly EscalationStage[];
  /** How often people are told again that they are asked. */
  readonly remind?: { readonly everyMs: number; readonly max: number };
  readonly onReject: 'fail' | 'continue';
  /** The task that is done again when somebody asks for a change, and how often that may be. */
  readonly onChange?: { readonly task: string; readonly max: number };
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
  readonly durationMs?: Duration;
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
  /** The other station that the run is on, and whose definition it is of. */
  readonly station?: string;
  /** A single task, as it was written: the other station makes a definition of it. */
  readonly sent?: Json;
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
    /** The key of the attempt is sent in place of the one that all attempts share. */
    readonly idempotencyKey?: 'attempt';
  };
  readonly expectStatus?: readonly number[];
};

export type SetVariableTask = TaskCommon & {
  readonly type: 'SET_VARIABLE';
  readonly variables: Readonly<Record<string, Template>>;
};

export type TerminateTask = TaskCommon & {
  readonly type: 'TERMINATE';
  readonly status: 'COMPLETED' | 'FAILED' | 'TERMINATED';
  /** It ends the branch or the pass that it is in, and not the run. */
  readonly scope?: 'body';
  /** With the pass that it is in the loop around it ends, well. */
  readonly breaks?: true;
  readonly errorCode?: string;
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

/** The member of a receipt in which the engine says of which run it is. */
export const proofMember = 'proof';

/** The tasks by which a pass ends its loop, as `break` does in a program. */
export function breaksOf({ tasks }: DoWhileTask): readonly string[] {
  return tasks.flatMap((task) => (task.type === 'TERMINATE' && task.breaks === true ? [task.id] : []));
}

export type OutputMap = { readonly kind: 'map'; readonly map: Readonly<Record<string, Template>> };

/** When the dependencies of a task let it start (LANGUAGE.md, Every task). A number: so many completed. */
export type JoinRule = 'all' | 'any' | 'all_done' | number;

/** What differs from the policy after the errors that it names; `*` stands for all. */
type RetryRule = {
  readonly codes: readonly string[];
  readonly maxAttempts?: number;
  readonly delayMs?: number;
  readonly backoff?: RetryPolicy['backoff'];
};

export type RetryPolicy = {
  /** 1 is no retry. */
  readonly maxAttempts: number;
  readonly backoff: 'fixed' | 'linear' | 'exponential';
  readonly initialDelayMs: Duration;
  readonly maxDelayMs: Duration;
  readonly multiplier: number;
  readonly jitter: 'none' | 'full';
  readonly nonRetryable: readonly string[];
  readonly onExhausted: 'fail' | 'pause';
  /** The first that names the error counts. */
  readonly rules?: readonly RetryRule[];
};

/** A command that carries a SIMPLE task out. Strings may hold `${expression}`; no shell unless `shell` is set. */
export type RunCommand = {
  readonly command: readonly Template[];
  readonly stdin?: Template;
  readonly env: Readonly<Record<string, Template>>;
  readonly cwd?: Template;
  readonly timeoutMs?: number;
  readonly shell?: 'sh' | 'bash' | 'pwsh';
  /** The error codes that exit codes stand for. */
  readonly errors?: Readonly<Record<string, string>>;
  /** The error codes that it names by itself, on file descriptor 3. */
  readonly raises?: readonly string[];
};

/** Who carries a SIMPLE task out: the first that applies, in this order. */
export type Performer =
  | { readonly kind: 'run'; readonly run: RunCommand }
  | { readonly kind: 'uses'; readonly action: string }
  | { readonly kind: 'model'; readonly model: ModelCall }
  | { readonly kind: 'agent'; readonly agent: string }
  | { readonly kind: 'skills'; readonly skills: readonly string[] };

/** How a model is asked. What it is told is the input of the task: `{messages}`. */
export type ModelCall = {
  /** The alias that models.yaml declares. */
  readonly alias: string;
  readonly temperature?: number;
  /** The most tokens of one answer. */
  readonly maxTokens?: number;
  /** How often an answer that does not fit is sent back, within one attempt. */
  readonly maxRepairs: number;
  /** What the answer has to be like. Absent: any text. */
  readonly answer?: InputProperty;
  /** It is a turn of an AGENT. */
  readonly turn?: AgentTurn;
};

/** What a turn of an agent knows of the loop that it is in. */
export type AgentTurn = {
  /** The task that carries the calls of a turn out: a FORK over them. */
  readonly calls: string;
  readonly tools: readonly AgentTool[];
};

/** A tool as the model is told of it, and the task that carries a call of it out. */
export type AgentTool = {
  readonly name: string;
  readonly description?: string;
  readonly parameters: InputProperty;
  readonly task: string;
};

export type TaskCommon = {
  readonly id: string;
  readonly name?: string;
  readonly description?: string;
  readonly dependsOn: readonly string[];
  readonly join: JoinRule;
  /** Once enough of its dependencies completed, the others are given up. */
  readonly cancelRest?: true;
  readonly when?: Expression;
  readonly input?: Template;
  /** `names`: the result must contain these. `map`: reshapes the result, which templates see as `result`. */
  readonly output?: { readonly kind: 'names'; readonly names: readonly string[] } | OutputMap;
  /** What is given by whoever carries the task out, or comes with the signal, must be like this. */
  readonly returns?: InputProperty;
  readonly outputTo?: string;
  /** What `outputTo` names is a receipt: the output, held to `returns`, with the proof of its run. */
  readonly receipt?: true;
  readonly retry: RetryPolicy;
  readonly timeoutMs?: Duration;
  readonly queueTimeoutMs?: Duration;
  readonly totalTimeoutMs?: Duration;
  readonly heartbeatTimeoutMs?: Duration;
  readonly timeoutPolicy: 'retry' | 'fail' | 'alert';
  readonly fallback: readonly string[];
  readonly optional: boolean;
  readonly catch: readonly { readonly errors: readonly string[]; readonly next: string }[];
  readonly compensate?: string;
  readonly performer: Performer;
  readonly agentLevel?: 'L0' | 'L1' | 'L2' | 'L3';
  readonly priority: number;
  /** What it gives is recorded sealed, so that it can be erased. */
  readonly pii?: true;
  readonly circuitBreaker?: {
    readonly failures: number;
    readonly windowMs: number;
    readonly openForMs: number;
    readonly halfOpen: number;
  };
};

/** The policy as it is after an error: its rule counts. After those that are not retried there is one attempt. */
export function policyAfter(policy: RetryPolicy, code: string | undefined): RetryPolicy {
  if (code === undefined) return policy;
  if (policy.nonRetryable.includes(code)) return { ...policy, maxAttempts: 1 };
  const rule = policy.rules?.find(({ codes }) => codes.includes(code) || codes.includes('*'));

  return {
    ...policy,
    maxAttempts: rule?.maxAttempts ?? policy.maxAttempts,
    initialDelayMs: rule?.delayMs ?? policy.initialDelayMs,
    backoff: rule?.backoff ?? policy.backoff,
  };
}

/** The most attempts that there can be, whatever they fail with. */
export function attemptsMax({ maxAttempts, rules = [] }: RetryPolicy): number {
  return Math.max(maxAttempts, ...rules.map((rule) => rule.maxAttempts ?? 1));
}
