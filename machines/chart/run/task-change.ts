import type { Fact } from '../../../events/catalogue.ts';
import type { TaskPlace } from '../plan.ts';
import { isOpenBody, isSettled, isUndoable } from '../task-status.ts';
import { childGivenUp, childRunsOf } from './run-exit.ts';
import type { Orphan, RunState, TaskState } from './run-state.ts';

/** A task before and after an event. */
export type TaskChange = { readonly id: string; readonly from: TaskState; readonly to: TaskState };

/** The runs that the task, or the tasks in its body, started and that nobody waits for any more. */
export function orphansOf({ id, from, to }: TaskChange, prefix: string, fact: Fact): readonly Orphan[] {
  const { child } = from;
  const givenUp =
    child !== undefined && from.state !== to.state && !tellsEndOf(fact, child.run)
      ? childGivenUp(prefix + id, from, to)
      : [];
  if (from.body === undefined || !isOpenBody(from) || isOpenBody(to)) return givenUp;

  return [...givenUp, ...childRunsOf({ [id]: from }, prefix, 'cancel')];
}

/** Whether the task has now done something that can be undone. */
export function becameUndoable(place: TaskPlace | undefined, { from, to }: TaskChange): boolean {
  if (place?.task.compensate === undefined || isSettled(from)) return false;

  return isUndoable(to);
}

/** Whether the task is the fallback of one in recovery, whose business its failure is. */
export function standsIn(place: TaskPlace | undefined, tasks: RunState['tasks']): boolean {
  const routers = place?.routers ?? [];

  return routers.some((router) => router.kind === 'fallback' && tasks[router.id]?.state === 'recovering');
}

/**
 * The FORK whose business the failure of the task is; undefined where it is that of the pass, or of the run: the choice
 * between branches was made, and another attempt of the FORK would not undo what stays done.
 */
export function forkConcerned(place: TaskPlace | undefined): string | undefined {
  return place?.retreat === undefined ? place?.branch?.of : undefined;
}

function tellsEndOf(fact: Fact, run: string): boolean {
  return fact.type === 'child.ended' && fact.data.run === run;
}
