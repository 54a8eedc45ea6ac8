import type { Chart } from '../../chart/chart.ts';
import type { TaskPlace } from '../../chart/plan.ts';
import { localId } from '../../chart/task-at.ts';
import { statusOf } from '../../chart/task-status.ts';
import type { Explored } from '../explore/explore.ts';
import { happenings } from './explored-graph.ts';
import { causesOf, chainOf, mayOverlap } from './overlap.ts';

/**
 * Whether something beside the task, or beside what comes before it, may have ended runs before its turn: a TERMINATE,
 * or what failed on every way. One order is explored, so that what did not happen says little then.
 */
export function isDisturbed(chart: Chart, explored: Explored, id: string): boolean {
  const place = chart.plan.get(id);
  if (place === undefined) return true;
  const way = new Map<string, TaskPlace>();
  for (const each of chainOf(chart, place)) {
    way.set(each.task.id, each);
    for (const cause of causesOf(chart, each)) {
      const before = chart.plan.get(cause);
      if (before !== undefined) way.set(cause, before);
    }
  }
  // A condition and a choice take no time: what was looked at in one instant nothing comes before.
  if (place.task.type !== 'WAIT' && place.task.type !== 'DO_WHILE') way.delete(id);
  const failing = onlyFailing(explored);

  return [...chart.plan.values()].some(
    (other) =>
      (other.task.type === 'TERMINATE' || failing.has(other.task.id)) &&
      !way.has(other.task.id) &&
      [...way.values()].some((each) => mayOverlap(chart, each, other)),
  );
}

function onlyFailing(explored: Explored): ReadonlySet<string> {
  const failed = new Set<string>();
  const went = new Set<string>();
  for (const { transitions } of happenings(explored)) {
    for (const { task, to } of transitions) {
      if (task === undefined) continue;
      const status = statusOf(to);
      if (status === 'FAILED' || status === 'TIMED_OUT') failed.add(localId(task));
      if (status === 'COMPLETED' || status === 'COMPLETED_WITH_ERRORS') went.add(localId(task));
    }
  }

  return new Set([...failed].filter((id) => !went.has(id)));
}
