import type { Json } from '../../../events/canonical-json.ts';
import type { JournalRecord } from '../../../events/record.ts';
import type { DefinitionRef } from '../../../events/run-events.ts';
import type { ApproverQuery } from '../../../machines/agents/authority.ts';
import type { RunState } from '../../../machines/chart/run/run-state.ts';
import type { Definition } from '../../../machines/definition.ts';
import type { LoadedDefinition } from '../../../machines/language/load-definition.ts';
import type { BreakerState } from '../../../machines/run/breaker.ts';
import type { AskedApproval } from '../../../machines/run/decide/asked-approval.ts';
import type { Command, Refusal } from '../../../machines/run/decide/command.ts';
import type { Timer } from '../../../machines/run/timers.ts';
import type { HumanTask } from '../../../machines/task.ts';
import type { Audits } from '../access/audits.ts';
import type { StoredDefinition } from '../definitions/definition-store.ts';
import type { LiveOutput } from '../work/live-output.ts';
import type { Surroundings } from '../work/surroundings.ts';
import type { DeadLetter } from './dead-letters.ts';
import type { Executions } from './executions.ts';
import type { Damage } from './journal.ts';
import type { CurrentRuns, RunSummary } from './run-index.ts';
import type { WhatIfs } from './what-ifs.ts';

/** What a person or a program may ask of a run that exists. Tasks are named by their addresses. */
export type RunCommand = Extract<
  Command,
  {
    readonly kind:
      | 'approve'
      | 'reject'
      | 'requestChange'
      | 'delegateApproval'
      | 'pauseRun'
      | 'resumeRun'
      | 'terminateRun'
      | 'cancelRun'
      | 'retryRun'
      | 'rerun'
      | 'skipTask'
      | 'resolveTask'
      | 'assignTask'
      | 'signal'
      | 'dropDeadLetter';
  }
>;

/**
 * The answer to a command: the sequence of the event it led to, or why there is none. `cancelled`: an event that came
 * in has cancelled the run.
 */
export type Answer =
  | { readonly ok: true; readonly run: string; readonly sequence: number; readonly cancelled?: true }
  | { readonly ok: false; readonly run: string; readonly refusal: Refusal };

/** A run as a person looks at it: its folded state, and in words what it waits for (empty when it is final). */
export type RunView = {
  readonly run: string;
  readonly state: RunState;
  readonly definition: Definition;
  readonly sequence: number;
  readonly updatedAt: string;
  readonly timers: readonly Timer[];
  readonly waitsFor: readonly Wait[];
  /** Why it is quarantined. Then the view is that of the last event that is sound. */
  readonly damage?: Damage;
  /**
   * The tasks that wait for an agent while nobody is there who could begin them, by their addresses; absent where that
   * is not known.
   */
  readonly unattended?: readonly string[];
  /** The circuit breakers of its tasks, by task; absent where there are none, or where they were not asked for. */
  readonly breakers?: Readonly<Record<string, BreakerState>>;
};

/**
 * Why a run waits: `task` is absent where it is the whole run; `fix` is a command that would help, if there is one.
 * `unattended`: it waits for an agent, and nobody is there who could begin it.
 */
export type Wait = {
  readonly task?: string;
  readonly reason: string;
  readonly fix?: string;
  readonly unattended?: true;
};

/** A run as far as its journal can be trusted. `view` is absent where not even its first event can be. */
export type Inspection = { readonly run: string; readonly view?: RunView; readonly damage?: Damage };

/**
 * One entry of a run's history. What cannot follow the records before it has a `problem`, and so has all that stands
 * behind it.
 */
export type HistoryEntry =
  | { readonly position: number; readonly record: JournalRecord }
  | { readonly position: number; readonly problem: string; readonly damage: Damage };

/** What folding a run again showed. `differences` is empty when every byte came out the same. */
export type ReplayReport = {
  readonly run: string;
  readonly definition: DefinitionRef;
  readonly events: number;
  readonly status: string;
  readonly stateHash: string;
  readonly differences: readonly {
    readonly sequence: number;
    readonly position: number;
    readonly code: string;
    readonly message: string;
  }[];
  /** The run after the event up to which it was folded, where one was named. */
  readonly view?: RunView;
};

/**
 * What every front end (command line, later HTTP) asks of the engine and the journal. Commands go to the engine that
 * owns the run, wherever that is; questions are answered from the journal, so they need no engine.
 */
export interface Workflows extends Executions, Approvals, Audits, WhatIfs {
  /** Registers the definition if it is new, checks the input and starts a run. The input has been checked already. */
  start(request: {
    readonly definition: LoadedDefinition;
    readonly file: string;
    /** Definitions that it starts runs of: registered, too. */
    readonly alongside?: readonly { readonly definition: LoadedDefinition; readonly file: string }[];
    readonly input: Readonly<Record<string, Json>>;
    readonly actor: string;
    /**
     * The same start by the same actor with the same key is carried out once, whatever engines come and go: it is
     * answered with the run of the first. Another start with the key is refused.
     */
    readonly key?: string;
  }): Promise<Answer>;
  command(run: string, command: RunCommand, actor: string): Promise<Answer>;
  /**
   * Starts a new run that goes on from event `at` of an old one; the old one stays as it is. `input` replaces the
   * input of the run from there on. Rejects with RunNotFound, JournalDamaged.
   */
  fork(request: {
    readonly run: string;
    readonly at: number;
    readonly input?: Readonly<Record<string, Json>>;
    readonly reason?: string;
    readonly actor: string;
  }): Promise<Answer>;
  /** Has a run under way go on by the version with this hash, where what was recorded leads to a state that matches. */
  migrate(run: string, hash: string, actor: string): Promise<Answer>;
  /** The dead letters that nobody has retried or dropped, the latest first; of all runs, or of one. */
  deadLetters(filter?: { readonly run?: string }): Promise<readonly DeadLetter[]>;
  /**
   * Makes sure that some engine works on the run: the one that owns it, else this process. Rejects with RunRefused
   * when the owner does not.
   */
  adopt(run: string): Promise<'adopted' | 'owned elsewhere'>;
  /** All runs, latest change first: where there are few. */
  list(): Promise<readonly RunSummary[]>;
  /** The index of runs. */
  readonly runs: CurrentRuns;
  /** Who is there for runs that wait. What cannot be asked is not known; never rejects. */
  surroundings(): Promise<Surroundings>;
  /** Rejects with RunNotFound, RunQuarantined. */
  view(run: string): Promise<RunView>;
  /** The same for a person: of a run that is quarantined, what can still be told. Rejects with RunNotFound. */
  inspect(run: string): Promise<Inspection>;
  /**
   * The run as it was after event `at`, whatever is wrong with its journal behind that. Rejects with RunNotFound,
   * NoSuchEvent, RunQuarantined.
   */
  viewAt(run: string, at: number): Promise<RunView>;
  history(run: string): AsyncIterable<HistoryEntry>;
  /** The output of a run as a whole, with its large and its sealed values. Rejects as `view` does. */
  output(run: string): Promise<Json>;
  /** A large value of a run, as JSON text, by the digest in a fact that refers to it; undefined if it is missing. */
  blob(digest: string): Promise<string | undefined>;
  /** The history so far and then every record as it lands, until the signal aborts. */
  follow(run: string, signal: AbortSignal): AsyncIterable<HistoryEntry>;
  /** What its attempts print from now on, where that is told, until the signal aborts. */
  printing: LiveOutput['printing'];
  /** Views from records already read, so that a follower need not read the journal again. */
  viewOf(run: string, records: readonly JournalRecord[]): Promise<RunView>;
  /** The same up to event `until`, with the run as it was then. Rejects with RunNotFound, NoSuchEvent. */
  replay(run: string, until?: number): Promise<ReplayReport>;
  definitions(): Promise<readonly StoredDefinition[]>;
  definition(id: string, version?: number): Promise<StoredDefinition | undefined>;
  /** The definition that runs go by, a draft or a registered version, by its hash. */
  definitionOf(hash: string): Promise<StoredDefinition | undefined>;
  /** The full id of the run that a prefix, `@last` or `@failed` names. Rejects with RunNotFound, RunAmbiguous. */
  resolve(idOrPrefix: string): Promise<string>;
}

/** No run has this id. */
export class RunNotFound extends Error {
  override readonly name = 'RunNotFound';
  readonly code = 'run.not-found';

  constructor(id: string) {
    super(`there is no run "${id}"; \`workflow list\` shows the runs there are`);
  }
}

/** Several runs begin with this text. */
export class RunAmbiguous extends Error {
  override readonly name = 'RunAmbiguous';
  readonly code = 'run.ambiguous';

  constructor(prefix: string, runs: readonly string[]) {
    super(
      `"${prefix}" is the beginning of ${runs.length} run ids: ${runs.slice(0, 5).join(', ')}; give more of it`,
    );
  }
}

/** The engine that owns the run does not work on it, for the reason in `code` and the message. */
export class RunRefused extends Error {
  override readonly name = 'RunRefused';
  readonly code: string;

  constructor({ code, message }: Refusal) {
    super(message);
    this.code = code;
  }
}

/** An approval that somebody waits for, as far as the index of runs tells. */
export type WaitingApproval = {
  readonly run: string;
  readonly definition: DefinitionRef;
  readonly address: string;
  readonly task: HumanTask;
  readonly since: string;
  /** When the first timer of its run is due. */
  readonly dueAt: string | undefined;
  readonly isEscalated: boolean;
  /** Whom it asks now; absent where `answerableBy` names nobody. */
  readonly asked?: ApproverQuery;
};

/** What can be asked about approvals, from the journal alone. */
export interface Approvals {
  /**
   * The approvals that a run waits for, the longest waiting first. `answerableBy`: only those that somebody of this
   * name may answer and has not yet. Rejects with RunNotFound, RunQuarantined.
   */
  approvals(filter: {
    readonly run: string;
    readonly answerableBy?: string;
  }): Promise<readonly AskedApproval[]>;
  /**
   * The approvals that runs wait for, in no order, from the lines of these runs. Only runs whose lines do not tell are
   * read: those that early releases recorded last, and those that ask more often than a line says. `answerableBy` as
   * above.
   */
  waitingApprovals(
    lines: readonly RunSummary[],
    filter?: { readonly answerableBy?: string },
  ): Promise<readonly WaitingApproval[]>;
}
