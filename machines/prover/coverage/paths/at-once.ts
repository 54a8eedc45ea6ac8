import type { TaskPlace } from '../../../chart/plan.ts';
import { attemptsMax, type TaskType } from '../../../task.ts';

type Plan = ReadonlyMap<string, TaskPlace>;

/** Types that the engine carries out itself, within the event that lets them begin. */
const instant: ReadonlySet<TaskType> = new Set([
  'NOOP',
  'TRANSFORM',
  'SET_VARIABLE',
  'DECISION',
  'TERMINATE',
]);

/** Whether the task is over within the first event of the run, so that nobody can step in before. */
export function isOverAtOnce(plan: Plan, id: string): boolean {
  const place = plan.get(id);
  if (place === undefined || !instant.has(place.task.type) || place.task.outputTo !== undefined) return false;

  return beginsAtOnce(plan, id);
}

/** Whether the task begins, or is skipped, within the first event of the run. */
function beginsAtOnce(plan: Plan, id: string): boolean {
  const place = plan.get(id);
  if (place === undefined || place.owner !== undefined || place.undoes || place.aside === true) return false;
  const { task, branch } = place;
  const isTriedOnce =
    attemptsMax(task.retry) <= 1 && task.retry.onExhausted !== 'pause' && task.fallback.length === 0;
  const isInBegunFork = branch === undefined || beginsAtOnce(plan, branch.of);

  return isTriedOnce && isInBegunFork && endedBefore(place).every((each) => isOverAtOnce(plan, each));
}

/** The tasks that have to be over before it begins. */
export function endedBefore({ task, routers, branch }: TaskPlace): readonly string[] {
  return [...task.dependsOn, ...routers.map(({ id }) => id), ...(branch?.after ?? [])];
}

/** Whether nothing on the way of the task, up to its beginning, may be skipped. */
export function isNeverLeftOut(plan: Plan, id: string): boolean {
  const place = plan.get(id);
  if (place === undefined || place.routers.length > 0 || !beginsAtOnce(plan, id)) return false;
  const around = place.branch === undefined ? [] : [place.branch.of];

  return [...endedBefore(place), ...around].every(
    (each) => plan.get(each)?.task.when === undefined && isNeverLeftOut(plan, each),
  );
}
