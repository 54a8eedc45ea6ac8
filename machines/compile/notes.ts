import type { Level } from './level.ts';
import { childGivenUp, childrenOf } from './orphans.ts';
import type { TaskState } from './run-state.ts';
import { isCompleted, isOpenBody, isSettled } from './task-status.ts';

type Change = { readonly id: string; readonly from: TaskState; readonly to: TaskState };

/** What a change of a task means for others: for what is inside of it, for runs it started, for what can be undone. */
export function note(level: Level, change: Change): void {
  const { compensates, delegates } = level.way.chart;
  noteOpening(level, change);
  noteClosing(level, change);
  if (delegates) noteOrphans(level, change);
  if (compensates) noteUndoable(level, change);
}

function noteOpening({ opening }: Level, { id, from, to }: Change): void {
  if (!isOpenBody(to) || to.body === undefined) return;
  const entered = from.attempt === to.attempt && isOpenBody(from) ? (from.body?.opened ?? 0) : 0;
  if (to.body.opened > entered && !opening.has(id)) opening.set(id, entered);
}

/** The branches of a FORK end with it. */
function noteClosing({ way, told }: Level, { id, from, to }: Change): void {
  if (!isOpenBody(from) || isOpenBody(to)) return;
  if (way.chart.plan.get(id)?.branches !== undefined) told.push({ word: 'cancel', id });
}

function noteOrphans({ way, prefix }: Level, { id, from, to }: Change): void {
  const { child } = from;
  if (child !== undefined && from.state !== to.state && !tellsEndOf(way, child.run)) {
    way.orphans.push(...childGivenUp(prefix + id, from, to));
  }
  if (from.body === undefined || !isOpenBody(from) || isOpenBody(to)) return;
  way.orphans.push(...childrenOf({ [id]: from }, prefix, 'cancel'));
}

function tellsEndOf({ event: { fact } }: Level['way'], run: string): boolean {
  return fact.type === 'child.ended' && fact.data.run === run;
}

function noteUndoable({ way, prefix }: Level, { id, from, to }: Change): void {
  if (way.chart.plan.get(id)?.task.compensate === undefined || isSettled(from)) return;
  if (isCompleted(to) && to.state !== 'completed_with_errors') way.undoable.push(prefix + id);
}
