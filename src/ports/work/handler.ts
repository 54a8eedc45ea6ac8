import type { Json } from '../../../events/canonical-json.ts';
import type { AttemptLog, ModelUsage } from '../../../events/task-events.ts';
import type { EventTask, HttpTask, SimpleTask } from '../../../machines/task.ts';
import type { Agent } from './agent-admin.ts';

/** One try at a task, as whoever carries it out sees it. */
export type Attempt = {
  readonly run: string;
  readonly task: string;
  /** From 1. */
  readonly attempt: number;
  /** The same for all attempts of the task, so that what they call can tell a repetition from something new. */
  readonly key: string;
  /** `<run>/<task>/<attempt>`: the same for the same attempt, also when it is carried out again after a crash. */
  readonly attemptKey: string;
  /** The rendered input of the task; an empty object when it has none. */
  readonly input: Json;
  /** The folder that relative paths start from and that written files stay in. Absolute. */
  readonly projectDir: string;
  /** Aborts when the attempt timed out, was cancelled or its run ended. */
  readonly signal: AbortSignal;
  /** Says that the attempt is alive; moves the heartbeat deadline. */
  readonly heartbeat: (progress?: { readonly percent?: number; readonly message?: string }) => void;
  /** Says how far the work has come: what can be recorded (`unfitValue`), for the next attempt if this one fails. */
  readonly details: (details: Json) => void;
  /** What an earlier attempt said last; undefined where none did. */
  readonly lastDetails: Json | undefined;
  /** Keeps what was printed, as a whole: once, when nothing more can come. What is said later replaces it. */
  readonly log: (log: AttemptLog) => void;
  /** Tells what is printed as it comes; absent where nobody is told. */
  readonly printing?: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void;
  /** Of a task that a model carries out. */
  readonly asking?: ModelAsking;
  /** How many runs lie between the run and the outside, where an event of a run started it. */
  readonly hops?: number;
  /** Renders a template of the definition (a command line, say) against the state of the run. Throws TaskError. */
  readonly render: (template: Json) => Json;
};

/** What asking a model for a run takes. */
export type ModelAsking = {
  /** What the turns before gave, each with the calls that it led to. */
  readonly turns: readonly Json[];
  /** The run has a budget of money, so that what has no price is not asked. */
  readonly needsPrice: boolean;
  /** Counts what was asked so far, all calls of the attempt together: what is said later replaces it. */
  readonly used: (usage: ModelUsage) => void;
};

/**
 * Carries one attempt out. Resolves with the result; rejects with TaskError, or any error for an unforeseen
 * failure.
 */
export type Handler = (attempt: Attempt) => Promise<Json>;

/** Finds who carries a task out in this process; undefined when nobody here does. */
export interface Performers {
  find(task: SimpleTask | HttpTask | EventTask): Performer | undefined;
  /** Who carries tasks of the agent out in this process: commands do. Undefined for an agent that has workers. */
  ofAgent?(agent: Agent): Performer | undefined;
}

export type Performer = {
  readonly worker: string;
  readonly handler: Handler;
  /** Whether it may print something: an engine that stops waits for the end of an attempt that was told to end. */
  readonly prints?: true;
};

/** A failure of an attempt that is understood: a stable code, and whether another attempt may help. */
export class TaskError extends Error {
  override readonly name = 'TaskError';
  readonly code: string;
  readonly retryable: boolean;
  readonly details: Json | undefined;

  constructor(
    code: string,
    message: string,
    options: { readonly retryable?: boolean; readonly details?: Json; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.details = options.details;
  }
}
