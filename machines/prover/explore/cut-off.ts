import { localId } from '../../chart/address.ts';
import { openTasks } from '../../chart/task-at.ts';
import { isOpenBody } from '../../chart/task-status.ts';
import type { Scene } from './scene.ts';

/** A loop is followed for so many passes: what its further ones could show has shown by then, but for their number. */
const passesMax = 12;

/** Why a run is followed no further from here, in words; undefined where it is. */
export function cutOff({ run }: Scene): string | undefined {
  for (const [address, task] of openTasks(run.state.tasks)) {
    const { task: place } = run.chart.plan.get(localId(address)) ?? {};
    if (place?.type !== 'DO_WHILE' || !isOpenBody(task) || task.body?.count !== undefined) continue;
    if ((task.body?.opened ?? 0) > passesMax) return `${place.id} was followed for ${passesMax} passes`;
  }

  return undefined;
}
