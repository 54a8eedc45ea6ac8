import type { Chart } from './chart.ts';
import type { TaskPlace } from './plan.ts';

/**
 * The task and every task beside it that follows from it: by a dependency, a route, or as a branch of a FORK.
 * `reopens`: the FORKs around it go on for it, and what follows from them does, too.
 */
export function downstreamOf(
  { plan }: Pick<Chart, 'plan'>,
  id: string,
  {
    isRecovered = () => false,
    reopens = true,
  }: { readonly isRecovered?: (id: string) => boolean; readonly reopens?: boolean } = {},
): ReadonlySet<string> {
  const around = forksAround(plan, id);
  const beside = [...plan.values()].filter(
    ({ owner, task }) => owner === plan.get(id)?.owner && !around.includes(task.id),
  );
  const found = new Set([id]);
  // The FORKs around the task are reopened; their other branches stay as they are.
  const reopened = reopens ? around : [];
  for (const fork of reopened)
    for (const place of beside) if (waitsFor(place, fork)) found.add(place.task.id);
  // Grows during the loop: a Set visits elements that are added meanwhile.
  for (const each of found) {
    for (const place of beside) {
      const { task, branch } = place;
      // A fallback may end otherwise this time, and with it the task that it stands in for.
      const stoodIn = task.fallback.includes(each) && isRecovered(task.id);
      if (waitsFor(place, each) || branch?.of === each || stoodIn) found.add(task.id);
    }
  }

  return found;
}

/** The FORKs in whose branches a task stands, the innermost first. */
export function forksAround(plan: Chart['plan'], id: string): readonly string[] {
  const around: string[] = [];
  for (let fork = plan.get(id)?.branch?.of; fork !== undefined; fork = plan.get(fork)?.branch?.of)
    around.push(fork);

  return around;
}

function waitsFor({ task, routers }: TaskPlace, id: string): boolean {
  return task.dependsOn.includes(id) || routers.some((router) => router.id === id);
}
