import { localId } from '../address.ts';
import { openTasks, taskAt } from '../task-at.ts';
import type { Orphan, RunState, TaskState } from './run-state.ts';

/** The runs that carry tasks out and may not outlive them, of those that are under way among these. */
export function childRunsOf(
  tasks: Readonly<Record<string, TaskState>>,
  prefix: string,
  how: Orphan['how'],
): readonly Orphan[] {
  return [...openTasks(tasks, prefix)].flatMap(([address, task]) => childOf(address, task, how));
}

/**
 * The run that carried an attempt out which is over before that run is. It may outlive what it is a part of, not an
 * attempt that timed out or that a person settled: another one may follow.
 */
export function childGivenUp(address: string, task: TaskState, after: TaskState): readonly Orphan[] {
  return after.state === 'cancelled' ? childOf(address, task, 'cancel') : runOf(address, task, 'cancel');
}

function childOf(address: string, task: TaskState, how: Orphan['how']): readonly Orphan[] {
  return task.child?.abandon === true ? [] : runOf(address, task, how);
}

function runOf(address: string, { state, child, attempt }: TaskState, how: Orphan['how']): readonly Orphan[] {
  return state === 'delegated' && child !== undefined
    ? [{ task: address, attempt, run: child.run, how }]
    : [];
}

/** What undoes something may stand in a body that has ended, and be carried out by another run. */
export function undoingChildren(run: RunState, how: Orphan['how']): readonly Orphan[] {
  const next = run.phase === 'compensating' ? run.undoing?.left[0] : undefined;
  const task = next?.includes('[') === true ? taskAt(run, next) : undefined;
  if (next === undefined || task === undefined) return [];
  const id = localId(next);

  return childRunsOf({ [id]: task }, next.slice(0, next.length - id.length), how);
}

export function withOrphans(run: RunState, found: readonly Orphan[]): RunState {
  const known = new Set((run.orphans ?? []).map((orphan) => orphan.run));
  const fresh = found.filter((orphan) => !known.has(orphan.run) && known.add(orphan.run));

  return fresh.length === 0 ? run : { ...run, orphans: [...(run.orphans ?? []), ...fresh] };
}
