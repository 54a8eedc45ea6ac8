import { isFinal } from '../../../../machines/compile/task-status.ts';
import type { RunView } from '../../../ports/workflows.ts';
import { onlyPeopleCanMove } from '../../../projections/movement.ts';
import { shownStatus } from '../../../projections/shown-status.ts';
import { formatElapsed } from '../render/times.ts';
import type { Known } from './known.ts';

/** When a run will be over, judged by those before: `ETA ~1m40s (p50 of 38)`. Waits for people are never counted. */
export function expectationText(view: RunView, typical: Known['typical'], nowMs: number): string {
  const { status, startedAt } = view.state;
  if (isFinal(status)) return '';
  if (shownStatus(view) !== 'RUNNING' || onlyPeopleCanMove(view) !== undefined) return 'waiting';
  if (typical === undefined) return 'ETA -';
  const elapsedMs = nowMs - Date.parse(startedAt);
  const left =
    elapsedMs > typical.ms
      ? `+${formatElapsed(elapsedMs - typical.ms)}`
      : `~${formatElapsed(typical.ms - elapsedMs)}`;

  return `ETA ${left} (p50 of ${typical.runs})`;
}
