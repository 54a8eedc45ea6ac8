import type { Transition } from '../../../events/record.ts';
import type { Chart } from '../../chart/chart.ts';
import { descriptorOf } from '../../chart/chart-event.ts';
import type { Happened } from '../explore/scene.ts';
import { runCauses, type Target, targetKey } from './target.ts';
import { targetsOf } from './targets.ts';

/** The targets of the run itself that an event covered. */
export function observedOfRun(chart: Chart, { event, transitions }: Happened): readonly Target[] {
  const { fact } = event;
  const targets = ofRun(chart);
  const root = transitions.find(({ task }) => task === undefined);
  const isAlert = fact.type === 'timer.fired' && fact.data.timer === 'run.timeout';
  if (root === undefined) {
    return isAlert
      ? [...targets.values()].filter(({ from, to, cause }) => from === to && cause === descriptorOf(fact))
      : [];
  }
  const ofTheRun = !('task' in fact.data) || fact.data.task === undefined;
  const { from, to } = root;
  const direct = ofTheRun ? targets.get(targetKey({ from, cause: descriptorOf(fact), to })) : undefined;
  if (direct !== undefined) return [direct];
  const inner = fact.type === 'termination.reached' ? runCauses.ended : runCauseOf(root, transitions);

  return (
    ofTheRun && begins.has(fact.type) ? begun(fact, root, inner) : [{ from, cause: inner, to }]
  ).flatMap((each) => targets.get(targetKey(each)) ?? []);
}

/** What happened among the tasks that moved the run. */
export function runCauseOf({ from, to }: Transition, transitions: readonly Transition[]): string {
  if (from === 'compensating') return runCauses.undone;
  if (from === 'cancelling') return runCauses.orphanEnded;
  if (to === 'paused') return runCauses.exhausted;
  if (to === 'completed' || to === 'concluding') return runCauses.allSettled;
  if (to !== 'cancelling') return runCauses.sunk;

  return transitions.some(
    ({ task, to: state }) => task !== undefined && (state === 'failed' || state === 'timed_out'),
  )
    ? runCauses.sunk
    : runCauses.allSettled;
}

const begins: ReadonlySet<string> = new Set(['run.started', 'run.admitted', 'run.resumed', 'run.retried']);

/** A run of tasks that end as they begin is over within its first event. */
function begun(fact: Happened['event']['fact'], { from, to }: Transition, inner: string): readonly Target[] {
  return [
    { from, cause: fact.type, to: 'running' },
    { from: 'running', cause: inner, to },
  ];
}

const known = new WeakMap<Chart, ReadonlyMap<string, Target>>();

function ofRun(chart: Chart): ReadonlyMap<string, Target> {
  const found = known.get(chart);
  if (found !== undefined) return found;
  const targets = new Map(
    targetsOf(chart).flatMap((target) =>
      target.task === undefined ? [[targetKey(target), target] as const] : [],
    ),
  );
  known.set(chart, targets);

  return targets;
}
