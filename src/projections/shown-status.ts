import type { Head } from '../../events/record.ts';
import type { RunView } from '../ports/workflows.ts';
import { onlyPeopleCanMove } from './movement.ts';

/** The status of a run as a person reads it: one that only waits for an approval is running in name only. */
export type ShownStatus = Head['status'] | 'NEEDS_APPROVAL';

export function shownStatus(view: RunView): ShownStatus {
  const { status } = view.state;

  return status === 'RUNNING' && onlyPeopleCanMove(view) !== undefined ? 'NEEDS_APPROVAL' : status;
}

/** The same from the line of a run in the index. */
export function shownStatusOfHead({ status, active }: Head): ShownStatus {
  const waits = active.length > 0 && active.every((task) => task.status === 'PENDING_APPROVAL');

  return status === 'RUNNING' && waits ? 'NEEDS_APPROVAL' : status;
}
