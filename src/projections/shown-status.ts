import type { Head } from '../../events/record.ts';
import { taskAt } from '../../machines/compile/task-at.ts';
import type { RunSummary, RunView } from '../ports/workflows.ts';
import { onlyPeopleCanMove } from './movement.ts';

/**
 * The status of a run as a person reads it: one that only waits for an approval is running in name only, and one that
 * is quarantined has no status that can be relied on.
 */
export type ShownStatus = Head['status'] | 'NEEDS_APPROVAL' | 'QUARANTINED';

export function shownStatus(view: RunView): ShownStatus {
  const { state } = view;
  const { status } = state;
  if (view.damage !== undefined) return 'QUARANTINED';
  // Whoever has to send a signal is waited for as well, but has nothing to approve.
  const isAsked = onlyPeopleCanMove(view)?.every((at) => taskAt(state, at)?.state === 'pending_approval');

  return status === 'RUNNING' && isAsked === true ? 'NEEDS_APPROVAL' : status;
}

/** The same from the line of a run in the index. */
export function shownStatusOfLine({ head: { status, active }, damage }: RunSummary): ShownStatus {
  if (damage !== undefined) return 'QUARANTINED';
  const waits = active.length > 0 && active.every((task) => task.status === 'PENDING_APPROVAL');

  return status === 'RUNNING' && waits ? 'NEEDS_APPROVAL' : status;
}

/** The status of a run for programs and for choosing runs by it. */
export function statusOfLine({ head, damage }: RunSummary): Head['status'] | 'QUARANTINED' {
  return damage === undefined ? head.status : 'QUARANTINED';
}
