import type { Json } from '../../../events/canonical-json.ts';
import type { ErrorData } from '../../../events/run-events.ts';
import {
  type AttemptLog,
  TaskAssigned,
  TaskCompleted,
  TaskFailed,
  TaskHeartbeat,
  TaskLogged,
  TaskStarted,
  TasksAssigned,
} from '../../../events/task-events.ts';
import type { TaskState } from '../../chart/run/run-state.ts';
import { localId, taskAt } from '../../chart/task-at.ts';
import { statusOf } from '../../chart/task-status.ts';
import { membersOf } from '../../chart/tasks/output-mapping.ts';
import { misfitOf } from '../../language/input-value.ts';
import { proofMember, type SimpleTask } from '../../task.ts';
import { agentFor, withNames } from '../../task-names.ts';
import { isPartOfRun, type Run } from '../run.ts';
import type { Command, Refusal } from './command.ts';
import { accept, type Decision, refuse, unknownTask } from './decision.ts';

type CommandOf<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>;

/** An attempt with which so many workers were lost is poison: it is not given to another one. */
export const deathsMax = 3;

/**
 * Notes which agents attempts were assigned to by their skills: again, where those they were assigned to are gone. Of
 * several those that are over by now are left out; it is refused when none is left.
 */
export function assignTasks(run: Run, { assignments }: CommandOf<'assignTasks'>): Decision {
  const refusals = assignments.map((each) => notAssignable(run, each));
  const open = assignments.filter((_, index) => refusals[index] === undefined).map(assignmentOf);
  const [first, second] = open;
  if (first === undefined) {
    const refusal = refusals[0] ?? { code: 'task.not-assigned', message: 'no attempt was named' };
    return { ok: false, refusal };
  }

  return accept(second === undefined ? TaskAssigned.of(first) : TasksAssigned.of({ assignments: open }));
}

type Given = CommandOf<'assignTasks'>['assignments'][number];

function notAssignable(run: Run, { task, attempt }: Given): Refusal | undefined {
  const stale = staleAttempt(run, task, attempt);
  if (stale !== undefined) return stale;
  const appointed = taskAt(run.state, task)?.appointed;
  if (appointed !== undefined) {
    const message = `${appointed.by} gave ${task} to ${appointed.agent}, which keeps it`;
    return { code: 'task.not-assigned', message };
  }
  if (performerOf(run, task)?.kind === 'skills') return undefined;

  return { code: 'task.not-assigned', message: `who carries ${task} out is said by its definition` };
}

/**
 * Somebody gives a task to an agent. One that a worker has begun is taken away only where that was asked for: what the
 * worker did so far is not undone. Whether the agent is there and may have it is for the engine to say.
 */
export function assignTask(run: Run, command: CommandOf<'assignTask'>): Decision {
  const { task, to, by, takeAway = false, reason } = command;
  const state = taskAt(run.state, task);
  if (state === undefined) return unknownTask(task);
  const performer = performerOf(run, task);
  if (performer?.kind !== 'agent' && performer?.kind !== 'skills')
    return refuse('task.not-assigned', `${task} is not carried out by an agent, so none can be given it`);
  const { attempt, worker } = state;
  const stale = staleAttempt(run, task, attempt);
  if (stale !== undefined) return { ok: false, refusal: stale };
  const from = agentFor(performer, state);
  if (from === to) return refuse('task.already-assigned', `${task} is with ${to} already`);
  const taken = state.state === 'in_progress' ? (worker ?? '') : undefined;
  if (taken !== undefined && !takeAway) {
    const holder = `${taken}${from === undefined ? '' : ` of ${from}`}`;
    const message = `attempt ${attempt} of ${task} is being carried out by ${holder}; take it away (--take-away, "takeAway": true) to have it begun anew at ${to}`;
    return refuse('task.already-started', message);
  }
  const skills = performer.kind === 'skills' ? [...performer.skills] : [];
  const why = reason === undefined ? {} : { reason };
  const before = from === undefined ? {} : { from };

  return accept(
    TaskAssigned.of({
      ...{ task, attempt, agents: [{ agent: to, skills }], by, ...before, ...why },
      ...(taken === undefined ? {} : { taken }),
    }),
  );
}

function assignmentOf({ task, attempt, agents }: Given) {
  return { task, attempt, agents: agents.map(({ agent, skills }) => ({ agent, skills: [...skills] })) };
}

export function startTask(run: Run, command: CommandOf<'startTask'>): Decision {
  const { task, attempt, worker, again, lost, givenBack } = command;
  const before = lost ?? givenBack;
  const stale = staleAttempt(run, task, attempt);
  if (stale !== undefined) return { ok: false, refusal: stale };
  if (taskAt(run.state, task)?.state === 'shaping' || !isAttempted(run, task)) {
    return refuse('task.not-started', `of ${task} only the end is recorded, not that it began`);
  }
  const state = taskAt(run.state, task);
  if (before !== undefined && state?.worker !== before) {
    return refuse('task.other-worker', `attempt ${attempt} of ${task} is no longer with ${before}`);
  }
  if (state?.state === 'in_progress' && again !== true && before === undefined) {
    return refuse('task.already-started', `attempt ${attempt} of ${task} has been started already`);
  }
  const deaths = (state?.deaths ?? 0) + 1;
  if (lost !== undefined && deaths >= deathsMax) return poison(command, lost, deaths);

  return accept(TaskStarted.of({ task, attempt, worker, ...(lost === undefined ? {} : { lost }) }));
}

function poison({ task, attempt }: CommandOf<'startTask'>, lost: string, deaths: number): Decision {
  const message = `${deaths} workers were lost while they carried attempt ${attempt} out, ${lost} the last of them`;
  const error = { code: 'worker.lost', message, retryable: false, details: { deaths } };

  return accept(TaskFailed.of({ task, attempt, worker: lost, error }));
}

export function heartbeat(run: Run, command: CommandOf<'heartbeat'>): Decision {
  const { task, attempt, progress, details } = command;
  const stale = staleAttempt(run, task, attempt);
  if (stale !== undefined) return { ok: false, refusal: stale };
  if (taskAt(run.state, task)?.state !== 'in_progress') {
    return refuse('task.not-started', `attempt ${attempt} of ${task} has not been started`);
  }

  return accept(
    TaskHeartbeat.of({
      ...{ task, attempt },
      ...(progress === undefined ? {} : { progress }),
      ...(details === undefined ? {} : { details }),
    }),
  );
}

/** Takes the result of an attempt. One that is not what the task declares is a failure of the attempt. */
export function completeTask(run: Run, command: CommandOf<'completeTask'>): Decision {
  const { task, attempt, worker, startedAt, output, usage } = command;
  const stale = staleAttempt(run, task, attempt) ?? notItsHolder(run, command);
  if (stale !== undefined) return { ok: false, refusal: stale };
  const misfit = misfitOfOutput(run, task, output);
  if (misfit !== undefined) return accept(TaskFailed.of({ ...endOf(command), error: misfit }));
  const missing = missingNames(run, command);
  if (missing.length > 0) {
    const message = `the result of ${task} lacks ${missing.join(', ')}, which its output declares`;
    const error = { code: 'output.missing', message, retryable: false, details: { missing: [...missing] } };
    return accept(TaskFailed.of({ ...endOf(command), error }));
  }

  const log = besideOutput(command);
  const logged = log === undefined ? {} : { log: log as Json };

  // The one event that every task has: its members are in the order in which they are written.
  return accept(TaskCompleted.of({ attempt, ...logged, output, startedAt, task, ...spentBy(usage), worker }));
}

function besideOutput({ log, isPrinted = false }: CommandOf<'completeTask'>): AttemptLog | undefined {
  if (log === undefined || !isPrinted) return log;
  const { stdout: _output, ...rest } = log;

  return Object.keys(rest).length === 0 ? undefined : rest;
}

export function failTask(run: Run, command: CommandOf<'failTask'>): Decision {
  const { task, attempt, error } = command;
  const stale = staleAttempt(run, task, attempt) ?? notItsHolder(run, command);
  if (stale !== undefined) return { ok: false, refusal: stale };

  return accept(TaskFailed.of({ ...endOf(command), error }));
}

function endOf({ task, attempt, worker, startedAt, log, usage }: CommandOf<'completeTask' | 'failTask'>) {
  const logged = log === undefined ? {} : { log: log as Json };

  return { task, attempt, worker, startedAt, ...logged, ...spentBy(usage) };
}

function spentBy(usage: CommandOf<'completeTask'>['usage']) {
  return usage === undefined ? {} : { usage };
}

/** Keeps what was printed by an attempt that is over, and was ended by something else than its own result. */
export function logAttempt(run: Run, { task, attempt, worker, log }: CommandOf<'logAttempt'>): Decision {
  const state = taskAt(run.state, task);
  if (state === undefined || attempt > state.attempt)
    return refuse('task.unknown', `${task} has no attempt ${attempt}`);

  return accept(TaskLogged.of({ task, attempt, worker, log: log as Json }));
}

/** A worker that lost its claim may still report. Only the latest attempt, while it is open, may speak for the task. */
export function staleAttempt(run: Run, task: string, attempt: number): Refusal | undefined {
  const state = taskAt(run.state, task);
  if (state === undefined) return { code: 'task.unknown', message: `the run has no task ${task}` };
  if (attempt !== state.attempt) {
    return { code: 'task.stale-attempt', message: `${task} is on attempt ${state.attempt}, not ${attempt}` };
  }
  const isOpen = state.state === 'shaping' || (isUnderAttempt(state) && isMadeOutside(run, task));
  if (isOpen && isPartOfRun(run, task)) return undefined;

  return {
    code: 'task.not-open',
    message: `attempt ${attempt} of ${task} is over: the task is ${statusOf(state.state)}`,
  };
}

/**
 * Of the workers of an agent only the one that began the attempt last may speak for it: another one was thought dead.
 * An engine that was thought dead is kept out by the journal.
 */
function notItsHolder(
  run: Run,
  { task, attempt, worker }: { readonly task: string; readonly attempt: number; readonly worker: string },
): Refusal | undefined {
  const performer = performerOf(run, task)?.kind;
  if (performer !== 'agent' && performer !== 'skills') return undefined;
  const holder = taskAt(run.state, task)?.worker;
  if (holder === undefined || holder === worker) return undefined;

  return {
    code: 'task.other-worker',
    message: `attempt ${attempt} of ${task} is with ${holder}, not ${worker}`,
  };
}

function isUnderAttempt({ state }: TaskState): boolean {
  return state === 'scheduled' || state === 'in_progress';
}

/** Whether the attempts of the task are carried out by somebody outside of the core. */
function isAttempted({ chart }: Run, task: string): boolean {
  const type = chart.plan.get(localId(task))?.task.type;

  return type === 'SIMPLE' || type === 'HTTP' || type === 'EVENT';
}

/** How it is found who carries a SIMPLE task out, with the names that its expressions gave. */
function performerOf({ chart, state }: Run, address: string): SimpleTask['performer'] | undefined {
  const task = chart.plan.get(localId(address))?.task;

  return task?.type === 'SIMPLE' ? withNames(task, taskAt(state, address)?.names).performer : undefined;
}

/** Whether results for the task come from outside: those of a TRANSFORM do where it is written to a file. */
function isMadeOutside(run: Run, task: string): boolean {
  return isAttempted(run, task) || run.chart.plan.get(localId(task))?.task.type === 'TRANSFORM';
}

/** What is wrong with the output of a task that says what it returns; another attempt may give one that fits. */
export function misfitOfOutput({ chart }: Run, address: string, output: Json): ErrorData | undefined {
  const task = chart.plan.get(localId(address))?.task;
  const given = task?.type === 'WAIT' ? signalled(output) : output;
  if (task?.returns === undefined || given === undefined) return undefined;
  const misfit = misfitOf(given, task.returns) ?? (task.receipt === true ? ownProof(given) : undefined);
  if (misfit === undefined) return undefined;
  if (task.receipt !== true) {
    const message = `what ${address} gave is not what its returns say: ${misfit}`;
    return { code: 'output.mismatch', message, retryable: true };
  }
  const message = `the receipt of ${address} does not fit its schema: ${misfit}`;

  return { code: 'receipt.mismatch', message, retryable: true };
}

/** The engine says itself which run a receipt is of. */
function ownProof(output: Json): string | undefined {
  return Object.hasOwn(membersOf(output), proofMember)
    ? `output.${proofMember}: the engine writes this member of a receipt`
    : undefined;
}

/** What came with the signal of a WAIT: nothing is asked of one that its time ended. */
function signalled(output: Json): Json | undefined {
  const { timed_out: late, data = null } = membersOf(output);

  return late === true ? undefined : data;
}

function missingNames(run: Run, { task, output }: CommandOf<'completeTask'>): readonly string[] {
  const declared = run.chart.plan.get(localId(task))?.task.output;
  if (declared?.kind !== 'names') return [];
  const given = typeof output === 'object' && output !== null && !Array.isArray(output) ? output : {};

  return declared.names.filter((name) => !Object.hasOwn(given, name));
}
