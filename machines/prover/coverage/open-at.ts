import { openTasks } from '../../chart/task-at.ts';
import { isSettled } from '../../chart/task-status.ts';
import type { Scene } from '../explore/scene.ts';

const known = new WeakMap<Scene, readonly string[]>();

/** The addresses of the tasks that are not settled, in a run that is under way. */
export function openAt(scene: Scene): readonly string[] {
  const found = known.get(scene);
  if (found !== undefined) return found;
  const { state, sequence } = scene.run;
  const isUnderWay = sequence > 0 && state.endedAt === undefined;
  const open = isUnderWay
    ? [...openTasks(state.tasks)].flatMap(([address, task]) => (isSettled(task) ? [] : [address]))
    : [];
  known.set(scene, open);

  return open;
}
