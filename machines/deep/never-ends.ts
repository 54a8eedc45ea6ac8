import { localId } from '../compile/address.ts';
import { openTasks } from '../compile/task-at.ts';
import { isSettled } from '../compile/task-status.ts';
import type { Explored } from '../explore/explore.ts';
import type { Run } from '../run/run.ts';
import { isOver, leadingTo, nearestFirst, standstills, unexplored } from './explored-graph.ts';
import type { Found } from './found.ts';
import { named } from './named.ts';

/** Scenes that go on and on: whatever the world does, the run never ends. Standing still is told elsewhere. */
export function neverEnding(explored: Explored): readonly Found[] {
  const all = [...explored.scenes.values()];
  const goals = [...all.filter(isOver), ...unexplored(explored), ...standstills(explored)];
  const ending = leadingTo(explored, goals);
  const trapped = all.filter(({ key }) => !ending.has(key));
  // The way there is no circle yet: what shows it is a scene that comes again.
  const first = nearestFirst(trapped).find((each) => {
    const back = leadingTo(explored, [each]);
    return each.edges.some(({ to }) => back.has(to));
  });
  if (first === undefined) return [];
  const tasks = goingOnIn(first.scene.run);

  return [
    {
      code: 'deep.never-ends',
      severity: 'error',
      message: `from here on the run goes round for ever: whatever happens to ${named(tasks)}, nothing leads to its end`,
      tasks,
      scene: first.key,
    },
  ];
}

function goingOnIn({ state }: Run): readonly string[] {
  const going = [...openTasks(state.tasks)].filter(
    ([, task]) => task.state !== 'waiting' && !isSettled(task),
  );

  return [...new Set(going.map(([address]) => localId(address)))];
}
