import { localId } from '../../../../machines/compile/address.ts';
import type { BoardLine } from '../../../ports/board.ts';
import { placesOf } from '../../../projections/task-order.ts';
import type { ApiDeps } from '../api-deps.ts';
import { knownDefinition } from './known-definitions.ts';

/** How many of the runs wait for each agent, as far as their lines and definitions tell. */
export async function blockedRuns(
  { workflows }: Pick<ApiDeps, 'workflows'>,
  running: readonly BoardLine[],
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const { head } of running) {
    const waiting = head.active.filter(({ status }) => status === 'SCHEDULED');
    if (waiting.length === 0) continue;
    const loaded = await knownDefinition(workflows, head.definition).catch(() => undefined);
    if (loaded === undefined) continue;
    const places = placesOf(loaded.definition);
    const agents = waiting.flatMap(({ task }) => {
      const performer = places.get(localId(task))?.task.performer;
      return performer?.kind === 'agent' ? [performer.agent] : [];
    });
    for (const agent of new Set(agents)) counts.set(agent, (counts.get(agent) ?? 0) + 1);
  }

  return counts;
}
