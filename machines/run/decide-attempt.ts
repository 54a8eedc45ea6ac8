import { TaskCompleted, TaskFailed, TaskHeartbeat, TaskStarted } from '../../events/task-events.ts';
import { localId } from '../compile/address.ts';
import type { TaskState } from '../compile/run-state.ts';
import { taskAt } from '../compile/task-at.ts';
import { statusOf } from '../compile/task-status.ts';
import type { Command, Refusal } from './command.ts';
import { accept, type Decision, refuse } from './decision.ts';
import { isPartOfRun } from './part-of-run.ts';
import type { Run } from './run.ts';

type CommandOf<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>;

export function startTask(run: Run, { task, attempt, worker, again }: CommandOf<'startTask'>): Decision {
  const stale = staleAttempt(run, task, attempt);
  if (stale !== undefined) return { ok: false, refusal: stale };
  if (taskAt(run.state, task)?.state === 'shaping' || !isAttempted(run, task)) {
    return refuse('task.not-started', `of ${task} only the end is recorded, not that it began`);
  }
  if (taskAt(run.state, task)?.state === 'in_progress' && again !== true) {
    return refuse('task.already-started', `attempt ${attempt} of ${task} has been started already`);
  }

  return accept(TaskStarted.of({ task, attempt, worker }));
}

export function heartbeat(run: Run, { task, attempt, progress }: CommandOf<'heartbeat'>): Decision {
  const stale = staleAttempt(run, task, attempt);
  if (stale !== undefined) return { ok: false, refusal: stale };
  if (taskAt(run.state, task)?.state !== 'in_progress') {
    return refuse('task.not-started', `attempt ${attempt} of ${task} has not been started`);
  }

  return accept(TaskHeartbeat.of({ task, attempt, ...(progress === undefined ? {} : { progress }) }));
}

/** Takes the result of an attempt. A result without a name that the task declares is a failure of the attempt. */
export function completeTask(run: Run, command: CommandOf<'completeTask'>): Decision {
  const { task, attempt, output, worker, startedAt } = command;
  const stale = staleAttempt(run, task, attempt);
  if (stale !== undefined) return { ok: false, refusal: stale };
  const missing = missingNames(run, command);
  if (missing.length > 0) {
    const message = `the result of ${task} lacks ${missing.join(', ')}, which its output declares`;
    const error = { code: 'output.missing', message, retryable: false, details: { missing: [...missing] } };
    return accept(TaskFailed.of({ task, attempt, worker, startedAt, error }));
  }

  return accept(TaskCompleted.of({ task, attempt, worker, startedAt, output }));
}

export function failTask(run: Run, command: CommandOf<'failTask'>): Decision {
  const { task, attempt, error, worker, startedAt } = command;
  const stale = staleAttempt(run, task, attempt);
  if (stale !== undefined) return { ok: false, refusal: stale };

  return accept(TaskFailed.of({ task, attempt, worker, startedAt, error }));
}

/** A worker that lost its claim may still report. Only the latest attempt, while it is open, may speak for the task. */
function staleAttempt(run: Run, task: string, attempt: number): Refusal | undefined {
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

function isUnderAttempt({ state }: TaskState): boolean {
  return state === 'scheduled' || state === 'in_progress';
}

/** Whether the attempts of the task are carried out by somebody outside of the core. */
function isAttempted({ chart }: Run, task: string): boolean {
  const type = chart.plan.get(localId(task))?.task.type;

  return type === 'SIMPLE' || type === 'HTTP' || type === 'EVENT';
}

/** Whether results for the task come from outside: those of a TRANSFORM do where it is written to a file. */
function isMadeOutside(run: Run, task: string): boolean {
  return isAttempted(run, task) || run.chart.plan.get(localId(task))?.task.type === 'TRANSFORM';
}

function missingNames(run: Run, { task, output }: CommandOf<'completeTask'>): readonly string[] {
  const declared = run.chart.plan.get(localId(task))?.task.output;
  if (declared?.kind !== 'names') return [];
  const given = typeof output === 'object' && output !== null && !Array.isArray(output) ? output : {};

  return declared.names.filter((name) => !Object.hasOwn(given, name));
}
