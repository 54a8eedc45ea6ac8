import type { RoutedBy, TaskPlace } from '../plan.ts';
import type { RunState } from '../run/run-state.ts';
import { isCompleted, isFailed, isOpenBody, isSettled, isSettledIn } from '../task-status.ts';

type Tasks = RunState['tasks'];

/** What the settled tasks around a waiting task mean for it. */
export type Readiness = 'wait' | 'start' | 'skip';

/**
 * The join rule of LANGUAGE.md. `all`: every dependency is settled and at least one completed; all skipped means
 * skipped. A routed task needs, besides, that one of its routers chose it, and is skipped once none can any more; a
 * task in a branch needs that its FORK began.
 */
export function readiness(place: TaskPlace, tasks: Tasks): Readiness {
  const begun = branching(place, tasks);
  if (begun !== 'start') return begun;
  const routed = routing(place, tasks);
  if (routed !== 'start') return routed;

  return joining(place, tasks);
}

function branching({ branch }: TaskPlace, tasks: Tasks): Readiness {
  const fork = branch === undefined ? undefined : tasks[branch.of];
  if (fork === undefined || isOpenBody(fork)) return 'start';

  return isSettled(fork) ? 'skip' : 'wait';
}

function routing(place: TaskPlace, tasks: Tasks): Readiness {
  if (place.routers.length === 0) return 'start';
  if (place.routers.some((router) => chose(router, place.task.id, tasks))) return 'start';

  return place.routers.every((router) => isSettledIn(tasks, router.id)) ? 'skip' : 'wait';
}

function chose(router: RoutedBy, task: string, tasks: Tasks): boolean {
  const state = tasks[router.id];
  if (state === undefined) return false;
  if (router.kind === 'fallback') return state.state === 'recovering';
  if (router.kind === 'catch') return state.caught?.includes(task) ?? false;

  return state.decision?.next.includes(task) ?? false;
}

function joining(place: TaskPlace, tasks: Tasks): Readiness {
  const { dependsOn, join } = place.task;
  if (dependsOn.length === 0) return 'start';
  if (isNextInBranch(place)) return following(place, tasks);
  const settled = dependsOn.filter((id) => isSettledIn(tasks, id) && !mayBeginAnew(place, tasks, id));
  const completed = settled.filter((id) => isCompletedIn(tasks, id)).length;
  const all = settled.length === dependsOn.length;

  if (join === 'all_done') return all ? 'start' : 'wait';
  const needed = join === 'all' || join === 'any' ? 1 : join;
  const early = join !== 'all';
  if (completed >= needed && (early || all)) return 'start';

  return all ? 'skip' : 'wait';
}

/** What a task of a branch came to holds no more once its FORK is to be tried again. */
function mayBeginAnew({ inside }: TaskPlace, tasks: Tasks, id: string): boolean {
  const states = (inside?.[id] ?? []).map((fork) => tasks[fork]?.state);

  return states.includes('retrying') || states.includes('exhausted');
}

/** The tasks of a branch follow each other: one that was skipped hinders nobody, one that failed all that follow. */
function isNextInBranch({ task, branch }: TaskPlace): boolean {
  const [only, ...more] = task.dependsOn;

  return more.length === 0 && task.join === 'all' && only !== undefined && only === branch?.after.at(-1);
}

function following({ branch }: TaskPlace, tasks: Tasks): Readiness {
  const before = (branch?.after ?? []).flatMap((id) => tasks[id] ?? []);
  if (before.some(isFailed)) return 'skip';

  return before.every(isSettled) ? 'start' : 'wait';
}

function isCompletedIn(tasks: Tasks, id: string): boolean {
  const state = tasks[id];

  return state !== undefined && isCompleted(state);
}
