import type { Head } from '../../../events/record.ts';
import { statusOfDamaged } from '../../../machines/run/record/damage-text.ts';
import { activeMax, shownOf } from '../../../machines/run/record/head.ts';
import type { RunSummary, RunView } from '../../ports/runs/workflows.ts';

/**
 * The status of a run as a person reads it: one that only waits for approvals is running in name only, one that was
 * cancelled was not terminated, and one that is quarantined has no status that can be relied on.
 */
type LeftAlone = ReturnType<typeof statusOfDamaged>;

export type DisplayStatus = Head['status'] | NonNullable<Head['shown']> | LeftAlone;

export function shownStatus({ state, damage }: RunView): DisplayStatus {
  if (damage !== undefined) return statusOfDamaged(damage);

  return shownOf(state) ?? state.status;
}

/** The same from the line of a run in the index. */
export function shownStatusOfLine({ head, damage }: Pick<RunSummary, 'head' | 'damage'>): DisplayStatus {
  if (damage !== undefined) return statusOfDamaged(damage);
  if (head.shown !== undefined) return head.shown;

  return head.status === 'RUNNING' && onlyAsks(head) ? 'NEEDS_APPROVAL' : head.status;
}

/** What a head of an early release tells: where it names as many tasks as it may, there can be others. */
function onlyAsks({ active }: Head): boolean {
  if (active.length === 0 || active.length >= activeMax) return false;

  return active.every((task) => task.status === 'PENDING_APPROVAL');
}

/** The status of a run for programs and for choosing runs by it. */
export function statusOfLine({ head, damage }: RunSummary): Head['status'] | LeftAlone {
  return damage === undefined ? head.status : statusOfDamaged(damage);
}
