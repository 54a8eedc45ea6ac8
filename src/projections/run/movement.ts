import type { RunState, TaskState } from '../../../machines/chart/run/run-state.ts';
import { localId, openTasks, taskAt } from '../../../machines/chart/task-at.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import type { Task } from '../../../machines/task.ts';
import type { RunView } from '../../ports/runs/workflows.ts';
import { placesOf } from '../task/task-order.ts';

/** States of a task that the engine, a worker, another run, a timer or a message will end. */
const moving: ReadonlySet<string> = new Set([
  'conditional',
  'naming',
  'scheduled',
  'deciding',
  'in_progress',
  'retrying',
  'listing',
  'looping',
  'arming',
  'awaiting',
  'delegated',
  'shaping',
]);

/** Whether only somebody outside can end the state: an approval, or a WAIT for a signal or for nothing said. */
function needsPerson(state: string, task: Task | undefined): boolean {
  return state === 'pending_approval' || (state === 'awaiting' && isByHand(task));
}

/** Whether the state ends without a person. A FORK or a loop moves as what is in it moves. */
export function movesByItself(state: string, task: Task | undefined): boolean {
  return moving.has(state) && !needsPerson(state, task);
}

function isByHand(task: Task | undefined): boolean {
  if (task?.type !== 'WAIT') return false;

  return task.durationMs === undefined && task.until === undefined && task.timeoutMs === undefined;
}

/** The tasks that may change now, by their addresses: of a run that undoes what it did, the one that undoes. */
export function* livingTasks(state: RunState): Iterable<readonly [string, TaskState]> {
  const undoing = state.phase === 'compensating' ? state.undoing?.left[0] : undefined;
  const undoer = undoing === undefined ? undefined : taskAt(state, undoing);
  if (undoing !== undefined && undoer !== undefined) yield [undoing, undoer];
  else yield* openTasks(state.tasks);
}

/** Whether the task waits for an agent, or is with one: it moves by itself for as long as somebody is there. */
export function waitsForAgent(state: string, task: Task | undefined): boolean {
  const performer = task?.type === 'SIMPLE' ? task.performer.kind : undefined;

  return (
    (state === 'scheduled' || state === 'in_progress') && (performer === 'agent' || performer === 'skills')
  );
}

/**
 * The tasks that wait for a person, when nothing else would move the run: no attempt is under way and none is due.
 * A paused run waits for a person as a whole, and may have none of its own. Undefined while the run moves by itself.
 */
export function onlyPeopleCanMove(view: RunView): readonly string[] | undefined {
  return standstill({ ...view, unattended: [] })?.people;
}

/** What a run waits for that does not move by itself. */
export type Still = {
  readonly people: readonly string[];
  /** Tasks of agents that nobody would begin now. */
  readonly unattended: readonly string[];
};

/** The same, where tasks of agents do not move the run either while nobody is there who could begin them. */
export function standstill({ state, definition, unattended = [] }: RunView): Still | undefined {
  if (isFinal(state.status)) return undefined;
  const places = placesOf(definition);
  const paused = state.status === 'PAUSED';
  const stranded = new Set(unattended);
  const people: string[] = [];
  for (const [address, { state: at }] of livingTasks(state)) {
    const task = places.get(localId(address))?.task;
    if (needsPerson(at, task)) people.push(address);
    else if ((paused ? at === 'in_progress' : movesByItself(at, task)) && !stranded.has(address))
      return undefined;
  }

  return paused || people.length > 0 || stranded.size > 0 ? { people, unattended } : undefined;
}
