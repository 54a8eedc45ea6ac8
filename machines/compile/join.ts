import type { Place, Router } from './plan.ts';
import { isCompleted, isSettled, type RunState } from './run-state.ts';

type Tasks = RunState['tasks'];

/** What the settled tasks around a waiting task mean for it. */
export type Readiness = 'wait' | 'start' | 'skip';

/**
 * The join rule of LANGUAGE.md. `all`: every dependency is settled and at least one completed; all skipped means
 * skipped. A routed task needs, besides, that one of its routers chose it, and is skipped once none can any more.
 */
export function readiness(place: Place, tasks: Tasks): Readiness {
  const routed = routing(place, tasks);
  if (routed !== 'start') return routed;

  return joining(place, tasks);
}

function routing(place: Place, tasks: Tasks): Readiness {
  if (place.routers.length === 0) return 'start';
  if (place.routers.some((router) => chose(router, place.task.id, tasks))) return 'start';

  return place.routers.every((router) => isSettledIn(tasks, router.id)) ? 'skip' : 'wait';
}

function chose(router: Router, task: string, tasks: Tasks): boolean {
  const state = tasks[router.id];
  if (state === undefined) return false;
  if (router.kind === 'fallback') return state.state === 'recovering';

  return state.decision?.next.includes(task) ?? false;
}

function joining({ task }: Place, tasks: Tasks): Readiness {
  if (task.dependsOn.length === 0) return 'start';
  const settled = task.dependsOn.filter((id) => isSettledIn(tasks, id)).length;
  const completed = task.dependsOn.filter((id) => isCompletedIn(tasks, id)).length;
  const all = settled === task.dependsOn.length;

  if (task.join === 'all_done') return all ? 'start' : 'wait';
  const needed = task.join === 'all' || task.join === 'any' ? 1 : task.join;
  const early = task.join !== 'all';
  if (completed >= needed && (early || all)) return 'start';

  return all ? 'skip' : 'wait';
}

function isSettledIn(tasks: Tasks, id: string): boolean {
  const state = tasks[id];

  return state !== undefined && isSettled(state);
}

function isCompletedIn(tasks: Tasks, id: string): boolean {
  const state = tasks[id];

  return state !== undefined && isCompleted(state);
}
