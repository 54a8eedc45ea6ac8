import type { Chart } from '../compile/chart.ts';
import { runTargets } from './run-targets.ts';
import type { Target } from './target.ts';
import { taskTargets } from './task-targets.ts';

const known = new WeakMap<Chart, readonly Target[]>();

/**
 * The transitions of a chart that tests should cover, each once: those of the run itself, then those of its tasks in
 * the order of the definition. Left out is what no definition has a say in: heartbeats, assignments, attempts that are
 * taken up again after a crash, what happens to a run that waits for a place, reruns and forks. Transitions that change
 * no state count where people are told something: time-out alerts, escalations, first grants of a quorum, delegations.
 */
export function targetsOf(chart: Chart): readonly Target[] {
  const found = known.get(chart);
  if (found !== undefined) return found;
  const ofTasks = [...chart.plan.values()].flatMap((place) => taskTargets(place, chart.plan));
  const targets = [...runTargets(chart, ofTasks), ...ofTasks];
  known.set(chart, targets);

  return targets;
}
