import type { Json } from '../../../events/canonical-json.ts';
import type { DefinitionRef, ErrorData, TriggerRef } from '../../../events/run-events.ts';
import type { AttemptLog, ModelsSpent, ModelUsage } from '../../../events/task-events.ts';
import type { Chart } from '../../chart/chart.ts';
import type { RunBudget } from '../../models/budget.ts';
import type { Timer } from '../timers.ts';

type OfAttempt = { readonly task: string; readonly attempt: number };
/** Who carried the attempt out, and when that began (ISO 8601, UTC). */
type ByWorker = OfAttempt & {
  readonly worker: string;
  readonly startedAt: string;
  /** What the attempt printed. */
  readonly log?: AttemptLog | undefined;
  /** What it asked of a model. */
  readonly usage?: ModelUsage | undefined;
};
/**
 * `inPlaceOf`: who is away and named `by`; only the engine says so, which has looked it up. `askedSince`: it answers
 * what was asked then, and nothing that is asked anew.
 */
type Answer = {
  readonly task: string;
  readonly by: string;
  readonly inPlaceOf?: string | undefined;
  readonly via?: 'link' | undefined;
  readonly askedSince?: string | undefined;
  readonly comment?: string | undefined;
  readonly data?: Json | undefined;
};
type Why = { readonly reason?: string | undefined };
type Inputs = Readonly<Record<string, Json>>;

/** What starts a run besides its input. */
export type Origin = {
  readonly parent?:
    | {
        readonly run: string;
        readonly task: string;
        readonly attempt: number;
        readonly station?: string | undefined;
      }
    | undefined;
  readonly failureOf?: string | undefined;
  readonly trigger?: TriggerRef | undefined;
  readonly hops?: number | undefined;
  /** The name of the key that values of the run are sealed with. */
  readonly erasureKey?: string | undefined;
  /** Whose request it is, where an engine starts it for another run. */
  readonly requesters?: string[] | undefined;
  /** What is left of the budget of the run that it is a part of. */
  readonly budget?: RunBudget | undefined;
};

/** A request to a run. It may be refused; what it leads to is a fact. Tasks are named by their addresses. */
export type Command =
  | ({ readonly kind: 'startRun'; readonly run: string; readonly input: Inputs } & Origin)
  /** Goes on, as a new run, from event `at` of another. `state` is the state of that run then. */
  | ({
      readonly kind: 'forkRun';
      readonly run: string;
      readonly from: { readonly run: string; readonly at: number; readonly hash: string };
      readonly state: Json;
      readonly input?: Inputs | undefined;
    } & Why)
  | { readonly kind: 'admitRun'; readonly key: string }
  /** There is no place for it, and it may not wait for one. */
  | { readonly kind: 'crowdOut'; readonly key: string; readonly limit: number }
  /** Goes on by another version: after event `at`, what was recorded leads there to `state`. */
  | { readonly kind: 'migrateRun'; readonly chart: Chart; readonly at: number; readonly state: Json }
  /** Notes the agents that were found for attempts. Those that are over meanwhile are left out. */
  | {
      readonly kind: 'assignTasks';
      readonly assignments: readonly ({
        readonly agents: readonly { readonly agent: string; readonly skills: readonly string[] }[];
      } & OfAttempt)[];
    }
  /**
   * `again`: the attempt had begun before, in an engine that is gone. `lost`, `givenBack`: the same with a worker of an
   * agent, which was not heard of any more, or gave it back. Refused when somebody else has begun it since.
   */
  | ({
      readonly kind: 'startTask';
      readonly worker: string;
      readonly again?: boolean;
      readonly lost?: string | undefined;
      readonly givenBack?: string | undefined;
    } & OfAttempt)
  | ({
      readonly kind: 'heartbeat';
      readonly progress?: { readonly percent?: number; readonly message?: string };
      readonly details?: Json;
    } & OfAttempt)
  /** `isPrinted`: the output is what was printed on standard output, which is not kept twice. */
  | ({ readonly kind: 'completeTask'; readonly output: Json; readonly isPrinted?: boolean } & ByWorker)
  | ({ readonly kind: 'failTask'; readonly error: ErrorData } & ByWorker)
  /** Keeps what an attempt had printed that was ended from outside. */
  | ({ readonly kind: 'logAttempt'; readonly worker: string; readonly log: AttemptLog } & OfAttempt)
  /** `tooLarge`: what came of it was larger than a record may be. */
  | { readonly kind: 'evaluate'; readonly task: string; readonly tooLarge?: boolean }
  | { readonly kind: 'conclude'; readonly tooLarge?: boolean }
  | { readonly kind: 'fireTimer'; readonly timer: Timer }
  /** Names the run that will carry the attempt out, or says why none can. */
  | ({
      readonly kind: 'delegate';
      readonly child:
        | {
            readonly run: string;
            readonly definition: DefinitionRef;
            readonly input: Inputs;
            readonly station?: string | undefined;
          }
        | { readonly error: ErrorData };
    } & OfAttempt)
  | ({
      readonly kind: 'endChild';
      readonly run: string;
      readonly status: string;
      readonly output?: Json | undefined;
      readonly error?: ErrorData | undefined;
      /** What it asked of models. */
      readonly spent?: ModelsSpent | undefined;
    } & OfAttempt)
  | {
      readonly kind: 'noteFailureWorkflow';
      readonly run?: string | undefined;
      readonly definition?: DefinitionRef | undefined;
      readonly error?: ErrorData | undefined;
    }
  | ({ readonly kind: 'approve' } & Answer)
  | ({ readonly kind: 'reject' } & Answer)
  /** Neither yes nor no: what is asked about is to be made anew, as the comment says. */
  | ({ readonly kind: 'requestChange'; readonly comment: string } & Omit<Answer, 'comment' | 'data'>)
  | ({
      readonly kind: 'delegateApproval';
      readonly task: string;
      readonly by: string;
      readonly to: string;
    } & Why)
  /** Notes that an answer to an approval was refused. */
  | ({
      readonly kind: 'refuseApproval';
      readonly task: string;
      readonly by: string;
      readonly decision: 'approve' | 'reject' | 'delegate' | 'change';
    } & Refusal)
  | ({
      readonly kind: 'pauseRun' | 'resumeRun' | 'terminateRun' | 'cancelRun' | 'dropDeadLetter';
    } & Why)
  | ({ readonly kind: 'retryRun' } & Why)
  | ({
      readonly kind: 'rerun';
      readonly from: string;
      readonly input?: Inputs | undefined;
      readonly taskInput?: Json | undefined;
    } & Why)
  | ({ readonly kind: 'skipTask'; readonly task: string } & Why)
  | ({ readonly kind: 'resolveTask'; readonly task: string; readonly output: Json } & Why)
  /** Gives a task to an agent. `takeAway`: also where a worker has begun it, which has no say any more then. */
  | ({
      readonly kind: 'assignTask';
      readonly task: string;
      readonly to: string;
      readonly by: string;
      readonly takeAway?: boolean | undefined;
    } & Why)
  | {
      readonly kind: 'signal';
      readonly name: string;
      readonly data: Json;
      readonly id?: string | undefined;
      /** Only for tasks that wait for it now: without any it is refused, and not kept. */
      readonly ifAwaited?: boolean | undefined;
    };

/** Why a command creates no event: a stable dotted `code` for programs, a sentence for people. */
export type Refusal = { readonly code: string; readonly message: string };
