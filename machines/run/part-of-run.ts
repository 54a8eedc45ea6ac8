import { bodyPrefix, parseAddress } from '../chart/address.ts';
import type { Chart } from '../chart/chart.ts';
import type { TaskState } from '../chart/run/run-state.ts';
import { isUnderWay, openTasks, tasksIn } from '../chart/task-at.ts';
import type { Run } from './run.ts';

type Found = readonly (readonly [string, TaskState])[];

/**
 * Whether the task can still move: a pass that was given up keeps its tasks as they were, and on its way out a run
 * only carries out what undoes. A fact about any other task is one that no state of the chart takes.
 */
export function isPartOfRun(run: Run, text: string): boolean {
  const address = parseAddress(text);
  if (address === undefined) return false;

  switch (run.state.phase) {
    case 'running':
    case 'paused':
      return isUnderWay(run.state, address);
    case 'compensating':
      return undoingTasks(run).some(([each]) => each === text);
    default:
      return false;
  }
}

/** The task that undoes something now, with what is inside of it. It may stand in a body that has ended. */
export function undoingTasks({ state, chart }: Run): Found {
  const next = state.phase === 'compensating' ? state.undoing?.left[0] : undefined;
  const address = next === undefined ? undefined : parseAddress(next);
  const beside = address === undefined ? undefined : tasksIn(state.tasks, address.owners);
  if (address === undefined || beside === undefined) return [];
  const undoing = withBranches(chart, address.id).flatMap((id): [string, TaskState][] => {
    const task = beside[id];
    return task === undefined ? [] : [[id, task]];
  });

  return [...openTasks(Object.fromEntries(undoing), address.owners.reduce(bodyPrefix, ''))];
}

/** The tasks of the branches of a FORK stand beside it. */
function withBranches(chart: Chart, id: string): readonly string[] {
  const branches = chart.plan.get(id)?.branches?.flat() ?? [];

  return [id, ...branches.flatMap((each) => withBranches(chart, each))];
}
