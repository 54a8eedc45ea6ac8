import { TaskCompleted, TaskFailed, TaskHeartbeat, TaskStarted } from '../../events/task-events.ts';
import { statusOf } from '../compile/run-state.ts';
import type { Command, Refusal } from './command.ts';
import { accept, type Decision, refuse } from './decision.ts';
import type { Run } from './run.ts';

type CommandOf<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>;

export function startTask(run: Run, { task, attempt, worker, again }: CommandOf<'startTask'>): Decision {
  const stale = staleAttempt(run, task, attempt);
  if (stale !== undefined) return { ok: false, refusal: stale };
  if (run.state.tasks[task]?.state === 'in_progress' && again !== true) {
    return refuse('task.already-started', `attempt ${attempt} of ${task} has been started already`);
  }

  return accept(TaskStarted.of({ task, attempt, worker }));
}

export function heartbeat(run: Run, { task, attempt, progress }: CommandOf<'heartbeat'>): Decision {
  const stale = staleAttempt(run, task, attempt);
  if (stale !== undefined) return { ok: false, refusal: stale };
  if (run.state.tasks[task]?.state !== 'in_progress') {
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
  const state = run.state.tasks[task];
  if (state === undefined) return { code: 'task.unknown', message: `the run has no task ${task}` };
  if (attempt !== state.attempt) {
    return { code: 'task.stale-attempt', message: `${task} is on attempt ${state.attempt}, not ${attempt}` };
  }
  if (state.state === 'scheduled' || state.state === 'in_progress') return undefined;

  return {
    code: 'task.not-open',
    message: `attempt ${attempt} of ${task} is over: the task is ${statusOf(state.state)}`,
  };
}

function missingNames(run: Run, { task, output }: CommandOf<'completeTask'>): readonly string[] {
  const declared = run.chart.plan.get(task)?.task.output;
  if (declared?.kind !== 'names') return [];
  const given = typeof output === 'object' && output !== null && !Array.isArray(output) ? output : {};

  return declared.names.filter((name) => !Object.hasOwn(given, name));
}
