import type { Expression, Template } from './template-source.ts';

export type OutputMap = { readonly kind: 'map'; readonly map: Readonly<Record<string, Template>> };

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
