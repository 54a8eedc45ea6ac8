import type { Json } from '../../../events/canonical-json.ts';
import type { RunStatus } from '../../../events/record.ts';
import type { DefinitionRef, ErrorData, TriggerRef } from '../../../events/run-events.ts';
import type { ModelsSpent } from '../../../events/task-events.ts';
import type { RunBudget } from '../../models/budget.ts';
import type { TaskNames } from '../../task-names.ts';
import type { ChangeRequest, Delegation, Grant, RefusedAnswer } from '../tasks/approval-state.ts';

/** The statuses of a task (LANGUAGE.md, Statuses). */
export type TaskStatus =
  | 'PENDING'
  | 'SCHEDULED'
  | 'IN_PROGRESS'
  | 'RETRYING'
  | 'WAITING'
  | 'PENDING_APPROVAL'
  | 'COMPLETED'
  | 'COMPLETED_WITH_ERRORS'
  | 'FAILED'
  | 'TIMED_OUT'
  | 'SKIPPED'
  | 'CANCELLED';

/** A request from outside, which event it led to, and why it was refused where that is what the event says. */
export type RememberedRequest = {
  readonly id: string;
  readonly sequence: number;
  readonly refusal?: { readonly code: string; readonly message: string };
};

/** What a run knows of one task. `state` is the state of the task's region of the chart; times are ISO 8601, UTC. */
export type TaskState = {
  readonly state: string;
  /** 0 until the first attempt is scheduled. */
  readonly attempt: number;
  readonly firstScheduledAt?: string;
  readonly scheduledAt?: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly heartbeatAt?: string;
  readonly retryAt?: string;
  /** Set once a time-out with policy `alert` has been noted, so that it fires once. */
  readonly alertedAt?: string;
  readonly escalatedAt?: string;
  /** How many stages of the escalation of an approval have begun, and when the last one did. */
  readonly escalation?: { readonly stage: number; readonly at: string };
  readonly reminders?: { readonly count: number; readonly at: string };
  readonly worker?: string;
  /** The agents that the latest attempt was assigned to by their skills; the first leads. */
  readonly assigned?: readonly { readonly agent: string; readonly skills: readonly string[] }[];
  /** The agent that somebody gave the task to, whoever its definition or its skills would find. */
  readonly appointed?: { readonly agent: string; readonly by: string };
  /** How many workers were lost while they carried the latest attempt out. */
  readonly deaths?: number;
  readonly progress?: { readonly percent?: number | undefined; readonly message?: string | undefined };
  /** What the work said last of how far it has come. Kept for the attempts that follow. */
  readonly details?: Json;
  readonly output?: Json;
  readonly error?: ErrorData;
  readonly decision?: {
    readonly value: Json;
    readonly case?: string | undefined;
    readonly next: readonly string[];
  };
  readonly grants?: readonly Grant[];
  readonly delegations?: readonly Delegation[];
  /** The changes that were asked for, in their order; the approval is asked anew after each. */
  readonly changes?: readonly ChangeRequest[];
  /** Who refused. */
  readonly deniedBy?: readonly string[];
  /** What a person, or the time-out of an approval, decided. */
  readonly answer?: 'approved' | 'rejected';
  /** The attempts that count no more, since somebody asked for the task to be tried again. */
  readonly spent?: number;
  /** How often a person had the task carried out anew. Its idempotency key is another one each time. */
  readonly reruns?: number;
  /** Its failure was routed: the tasks that the matching `catch` names. */
  readonly caught?: readonly string[];
  /** What a FORK or a loop works on. */
  readonly body?: Body;
  /** What earlier attempts worked on, by their numbers, where what they did can be undone. */
  readonly earlier?: Readonly<Record<string, Body>>;
  /** It was given up, as another one of several was first. */
  readonly isOutrun?: true;
  /** It undoes what a branch did that was given up, while the run goes on. */
  readonly isRetreat?: true;
  /** A person decided that it is not to be carried out. */
  readonly byHand?: true;
  /** What a WAIT waits for: ISO 8601, UTC. */
  readonly until?: string;
  /** The run that carries the latest attempt of a SUB_WORKFLOW out. */
  readonly child?: {
    readonly run: string;
    readonly definition: DefinitionRef;
    readonly input: Json;
    /** It goes on when this run ends. */
    readonly abandon?: true;
    /** Where it is, if it is on another station. */
    readonly station?: string;
  };
  /** Edited by hand: used instead of what the definition says. */
  readonly input?: Json;
  /** The names that its expressions gave. */
  readonly names?: TaskNames;
};

/** One pass through the tasks of a FORK's body, for one item, or of a loop's, for one iteration. */
export type Item = {
  readonly state: 'open' | 'completed' | 'failed';
  /** Kept while it is open, when it failed, for the latest iteration of a loop, and where its tasks can be undone. */
  readonly tasks?: Readonly<Record<string, TaskState>>;
  readonly output?: Json;
  readonly error?: ErrorData;
};

/**
 * The passes through a body, in order. They stand in chunks, so that a change copies one chunk and the list of
 * chunks, not ten thousand items.
 */
export type Body = {
  /** The list that is worked on, or a reference to it; absent in a loop with a condition. */
  readonly list?: Json;
  readonly count?: number;
  /** How many were opened; every index below has an item, or had one that is no longer needed. */
  readonly opened: number;
  readonly completed: number;
  readonly failed: number;
  readonly chunks: readonly (readonly (Item | null)[])[];
};

/** A message from outside that nobody has asked for yet. */
export type KeptSignal = { readonly name: string; readonly data: Json };

/** A run that this one started and that has to end before this one does. */
export type Orphan = {
  readonly task: string;
  readonly attempt: number;
  readonly run: string;
  readonly how: 'cancel' | 'terminate';
  /** Where it is, if it is on another station. */
  readonly station?: string;
};

/**
 * The state of a run, all of it: where its chart is and what it knows. Plain JSON, so that two folds can be
 * compared byte for byte.
 */
export type RunState = {
  readonly run: string;
  readonly definition: DefinitionRef;
  /** Where the root of the chart is: `created`, `running`, `paused`, `concluding`, `completed`, ... */
  readonly phase: string;
  readonly status: RunStatus;
  readonly input: Readonly<Record<string, Json>>;
  readonly variables: Readonly<Record<string, Json>>;
  readonly startedAt: string;
  readonly endedAt?: string;
  /** When a run that had ended went on: its time-out counts from then. */
  readonly timedFrom?: string;
  /** When the run was paused last. */
  readonly pausedAt?: string;
  readonly alertedAt?: string;
  readonly error?: ErrorData;
  /** The task whose final failure ended the run. */
  readonly failedTask?: string;
  readonly output?: Json;
  readonly tasks: Readonly<Record<string, TaskState>>;
  readonly reason?: string;
  readonly parent?: {
    readonly run: string;
    readonly task: string;
    readonly attempt: number;
    /** The idempotency key of that task: those of this run begin with it. */
    readonly key?: string | undefined;
    /** Where that run is, if it is on another station. */
    readonly station?: string | undefined;
  };
  readonly failureOf?: string;
  readonly trigger?: TriggerRef;
  /** Whose request it is: who started it, forked it or edited what it works on. Absent where no person did. */
  readonly requesters?: readonly string[];
  /** Those of the run that it belongs to, or was forked from. */
  readonly hops?: number;
  readonly concurrencyKey?: string;
  readonly fairnessKey?: string;
  /** What it is called in the business, and its labels: evaluated at its start. */
  readonly businessKey?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** The name of the key that values are sealed with. */
  readonly erasureKey?: string;
  readonly forkedFrom?: { readonly run: string; readonly at: number; readonly hash: string };
  /** How the run will end, once what has to happen before has happened. */
  readonly ending?: Ending;
  readonly orphans?: readonly Orphan[];
  /** The tasks that can be undone, in the order of their completion. */
  readonly undoable?: readonly string[];
  /** How far the undoing of what the run did has come: by the addresses of the tasks that undo. */
  readonly undoing?: {
    readonly left: readonly string[];
    readonly done: readonly string[];
    readonly failed: readonly string[];
  };
  readonly failureRun?: { readonly run?: string; readonly error?: ErrorData };
  /** Signals that came before anybody waited for them. */
  readonly signals?: readonly KeptSignal[];
  /** The ids of signals that were sent with one. */
  readonly signalIds?: readonly string[];
  /** The task whose attempts are used up and that made the run pause. */
  readonly pausedBy?: string;
  /** The latest requests from outside that led to events: one that comes again is answered as before. */
  readonly requests?: readonly RememberedRequest[];
  /** The latest that were refused in the journal. */
  readonly refusedRequests?: readonly RememberedRequest[];
  /** The answers to approvals that were refused, in the order in which they came. */
  readonly refusedAnswers?: readonly RefusedAnswer[];
  /** Nobody wants to go on with the failed task. */
  readonly droppedAt?: string;
  /** What was asked of models, with the runs that this one started. */
  readonly spent?: ModelsSpent;
  /** What was left for this run of the budget of the one that it is a part of. */
  readonly budget?: RunBudget;
  /** Somebody was asked whether it may go on, as the soft limit of the budget was reached. */
  readonly budgetAsked?: true;
};

/** How a run will end: the final phase, and what it will say. */
export type Ending = {
  readonly phase: 'completed' | 'failed' | 'timed_out' | 'terminated';
  readonly compensate: boolean;
  readonly output?: Json;
};
