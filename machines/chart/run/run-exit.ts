import type { Json } from '../../../events/canonical-json.ts';
import type { ErrorData } from '../../../events/error-data.ts';
import type { Definition } from '../../definition.ts';
import { bodyPrefix, parseAddress } from '../address.ts';
import type { ChartEvent } from '../chart-event.ts';
import type { TaskPlace } from '../plan.ts';
import { isCompleted, isSettled } from '../task-status.ts';
import { childRunsOf, undoingChildren, withOrphans } from './orphans.ts';
import { runOutput } from './run-output.ts';
import type { Ending, RunState, TaskState } from './run-state.ts';

/** Decides how the run will end. With compensation, what it did is undone first, the last first. */
export function leave(
  phase: Ending['phase'],
  compensate = false,
  plan: ReadonlyMap<string, TaskPlace> = new Map(),
): (run: RunState, event: ChartEvent) => Partial<RunState> {
  return (run) => ({
    ending: { phase, compensate, ...(run.output === undefined ? {} : { output: run.output }) },
    ...(compensate ? undoingOf(run, plan) : {}),
  });
}

function undoingOf(run: RunState, plan: ReadonlyMap<string, TaskPlace>): Pick<RunState, 'undoing'> {
  const { undoable = [], undoing } = run;
  if (undoable.length === 0 || undoing !== undefined) return {};
  const left = undoable.flatMap((address) => undoerOf(address, plan)).reverse();

  return { undoing: { left: [...new Set(left)], done: [], failed: [] } };
}

/** The task that undoes another stands beside it. */
function undoerOf(text: string, plan: ReadonlyMap<string, TaskPlace>): readonly string[] {
  const address = parseAddress(text);
  const undoer = address === undefined ? undefined : plan.get(address.id)?.task.compensate;
  if (address === undefined || undoer === undefined) return [];

  return [address.owners.reduce(bodyPrefix, '') + undoer];
}

export function hasOrphans({ orphans = [] }: RunState): boolean {
  return orphans.length > 0;
}

export function undoesAnything({ ending, undoing }: RunState): boolean {
  return ending?.compensate === true && (undoing?.left.length ?? 0) > 0;
}

/** Where the run ends when nothing is left to do. */
export function leavesAt({ ending, undoing }: RunState): string {
  if (ending?.compensate === true && (undoing?.failed.length ?? 0) > 0) return 'compensation_failed';

  return ending?.phase ?? 'failed';
}

/** What was not settled when the run ended will not be carried out any more; runs that it started have to end. */
export function cancelOpen(run: RunState, { fact, time }: ChartEvent): Partial<RunState> {
  const open = Object.entries(run.tasks).filter(([, task]) => !isSettled(task));
  const how = fact.type === 'run.terminated' ? 'terminate' : 'cancel';
  const { orphans } = withOrphans(run, [...childRunsOf(run.tasks, '', how), ...undoingChildren(run, how)]);
  const cancelled = open.map(([id, task]): [string, TaskState] => [
    id,
    { ...task, state: 'cancelled', endedAt: time },
  ]);

  return {
    ...(open.length === 0 ? {} : { tasks: { ...run.tasks, ...Object.fromEntries(cancelled) } }),
    ...(orphans === undefined ? {} : { orphans }),
  };
}

/** What a run that is over says of itself. */
export function doneWith(
  run: RunState,
  event: ChartEvent,
  as: { readonly phase: string; readonly status: RunState['status']; readonly definition: Definition },
): Partial<RunState> {
  const { phase, status, definition } = as;
  const error = phase === 'compensation_failed' ? notUndone(run) : run.error;

  return {
    phase,
    status,
    endedAt: event.time,
    tasks: unused(run.tasks, event.time),
    ...(error === undefined || status === 'COMPLETED' ? {} : { error }),
    ...(status === 'COMPLETED' ? { output: outputOf(run, definition) } : {}),
  };
}

function outputOf(run: RunState, definition: Definition): Json {
  return run.ending?.output ?? runOutput(run, definition);
}

function notUndone({ error, undoing }: RunState): ErrorData {
  const failed = [...(undoing?.failed ?? [])];
  const cause = error === undefined ? 'the run was cancelled' : error.message;

  return {
    code: 'run.compensation-failed',
    message: `${failed.join(', ')} could not undo what the run did; before that: ${cause}`,
    retryable: false,
    details: {
      failed,
      ...(error === undefined ? {} : { cause: { code: error.code, message: error.message } }),
    },
  };
}

/** The tasks that would have undone others, and had nothing to undo. */
function unused(tasks: RunState['tasks'], endedAt: string): RunState['tasks'] {
  const standing = Object.entries(tasks).filter(([, { state }]) => state === 'standby');
  if (standing.length === 0) return tasks;
  const skipped = standing.map(([id, task]): [string, TaskState] => [
    id,
    { ...task, state: 'skipped', endedAt },
  ]);

  return { ...tasks, ...Object.fromEntries(skipped) };
}

type UndoOutcome = 'done' | 'failed' | 'skipped';

/** One that was skipped, by its condition or by a person, had nothing to undo. */
export function outcomeOf(task: TaskState | undefined): UndoOutcome {
  if (task?.state === 'skipped') return 'skipped';

  return task !== undefined && isCompleted(task) ? 'done' : 'failed';
}

/** The undoing of a run once the task that is next has settled. */
export function settleUndoing(run: RunState, address: string, outcome: UndoOutcome): RunState {
  const { left = [], done = [], failed = [] } = run.undoing ?? {};
  const undoing = {
    left: left.filter((each) => each !== address),
    done: outcome === 'done' ? [...done, address] : done,
    failed: outcome === 'failed' ? [...failed, address] : failed,
  };

  return { ...run, undoing };
}
