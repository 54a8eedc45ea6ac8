import type { Json } from '../../../events/canonical-json.ts';
import type { ErrorData } from '../../../events/run-events.ts';
import type { Definition } from '../../definition.ts';
import { isMapping } from '../../language/mapping.ts';
import type { Task } from '../../task.ts';
import type { ChartEvent } from '../chart-event.ts';
import { isCutOff } from '../lost-branches.ts';
import { withOrphans } from '../patches.ts';
import type { TaskPlace } from '../plan.ts';
import { bodyPrefix, localId, openTasks, parseAddress, taskAt } from '../task-at.ts';
import { isCompleted, isSettled } from '../task-status.ts';
import { signalsSpread } from '../tasks/output-mapping.ts';
import type { Ending, Orphan, RunState, TaskState } from './run-state.ts';

/** Decides how the run will end. With compensation, its work is undone first, last completed first. */
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

/** The final phase when nothing is left to do. */
export function leavesAt({ ending, undoing }: RunState): string {
  if (ending?.compensate === true && (undoing?.failed.length ?? 0) > 0) return 'compensation_failed';

  return ending?.phase ?? 'failed';
}

/** Tasks not settled at the end are cancelled; their child runs have to end. */
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

/** The result of a run that is over. */
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

/** Compensations that had nothing to undo. */
function unused(tasks: RunState['tasks'], endedAt: string): RunState['tasks'] {
  const standing = Object.entries(tasks).filter(([, { state }]) => state === 'standby');
  if (standing.length === 0) return tasks;
  const skipped = standing.map(([id, task]): [string, TaskState] => [
    id,
    { ...task, state: 'skipped', endedAt },
  ]);

  return { ...tasks, ...Object.fromEntries(skipped) };
}

/** Whether it has still to begin: it stands by, or was cut off. */
export function isToUndo(task: TaskState): boolean {
  return task.state === 'standby' || isCutOff(task);
}

type UndoOutcome = 'done' | 'failed' | 'skipped';

/** A task that was skipped, by its condition or by a person, has nothing to undo. */
export function outcomeOf(task: TaskState | undefined): UndoOutcome {
  if (task?.state === 'skipped') return 'skipped';

  return task !== undefined && isCompleted(task) ? 'done' : 'failed';
}

/** The compensation state after the next task has settled. */
export function settleUndoing(run: RunState, address: string, outcome: UndoOutcome): RunState {
  const { left = [], done = [], failed = [] } = run.undoing ?? {};
  const undoing = {
    left: left.filter((each) => each !== address),
    done: outcome === 'done' ? [...done, address] : done,
    failed: outcome === 'failed' ? [...failed, address] : failed,
  };

  return { ...run, undoing };
}

/** Active child runs that may not outlive their tasks, of the given ones. */
export function childRunsOf(
  tasks: Readonly<Record<string, TaskState>>,
  prefix: string,
  how: Orphan['how'],
): readonly Orphan[] {
  return [...openTasks(tasks, prefix)].flatMap(([address, task]) => childOf(address, task, how));
}

/**
 * The child run that has to end because its attempt has. It may outlive its parent, but not an attempt that timed out
 * or that a person settled: another one may follow.
 */
export function childGivenUp(address: string, task: TaskState, after: TaskState): readonly Orphan[] {
  return after.state === 'cancelled' ? childOf(address, task, 'cancel') : runOf(address, task, 'cancel');
}

function childOf(address: string, task: TaskState, how: Orphan['how']): readonly Orphan[] {
  return task.child?.abandon === true ? [] : runOf(address, task, how);
}

function runOf(address: string, { state, child, attempt }: TaskState, how: Orphan['how']): readonly Orphan[] {
  const place = child?.station === undefined ? {} : { station: child.station };

  return state === 'delegated' && child !== undefined
    ? [{ task: address, attempt, run: child.run, how, ...place }]
    : [];
}

/** A compensation may be in a body that has ended, and may be a child run. */
function undoingChildren(run: RunState, how: Orphan['how']): readonly Orphan[] {
  const next = run.phase === 'compensating' ? run.undoing?.left[0] : undefined;
  const task = next?.includes('[') === true ? taskAt(run, next) : undefined;
  if (next === undefined || task === undefined) return [];
  const id = localId(next);

  return childRunsOf({ [id]: task }, next.slice(0, next.length - id.length), how);
}

/**
 * The output of a completed run that its expressions did not give: for each name the output of the completed task that
 * declares it (the last one, if several did; null, if none).
 */
function runOutput(run: RunState, definition: Definition): Json {
  if (definition.output.kind === 'map') return null;

  return Object.fromEntries(definition.output.names.map((name) => [name, declared(run, name, definition)]));
}

function declared(run: RunState, name: string, definition: Definition): Json {
  return definition.tasks
    .filter((task) => declares(task, name))
    .reduce<Json>((before, { id }) => outputNamed(run.tasks[id], name, before), null);
}

function declares({ output, returns }: Task, name: string): boolean {
  if (output === undefined) return Object.hasOwn(returns?.members ?? {}, name);

  return output.kind === 'names' ? output.names.includes(name) : Object.hasOwn(output.map, name);
}

/** The member of what the task gave; `before` where there is none. */
function outputNamed(task: TaskState | undefined, name: string, before: Json): Json {
  if (task === undefined || !isCompleted(task) || task.output === undefined) return before;
  const { output } = task;
  if (isMapping(output) && !Object.hasOwn(output, '$blob') && Object.hasOwn(output, name))
    return output[name] ?? null;
  const of = signalsSpread(output);

  return isMapping(of) && Object.hasOwn(of, '$blob')
    ? { $blob: { member: name, of, otherwise: before } }
    : before;
}
