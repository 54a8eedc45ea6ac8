import { statusOfDamaged } from '../../../machines/run/record/damage-text.ts';
import { shownOf } from '../../../machines/run/record/head.ts';
import type { DisplayStatus } from '../../../machines/run/record/run-filter.ts';
import type { RunView } from '../../ports/runs/workflows.ts';

/** The status of a run as a person reads it. */
export function shownStatus({ state, damage }: RunView): DisplayStatus {
  if (damage !== undefined) return statusOfDamaged(damage);

  return shownOf(state) ?? state.status;
}
