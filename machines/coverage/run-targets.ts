import type { Chart } from '../compile/chart.ts';
import { rootConfig } from '../compile/root.ts';
import { alternativesOf } from './alternatives.ts';
import { runCauses, type Target } from './target.ts';
import { type Ends, endsOf, waysOut } from './ways-out.ts';

type Happening = { readonly phase: string; readonly descriptor: string };

/** The transitions of the run itself that can be taken, given those of its tasks. */
export function runTargets(chart: Chart, ofTasks: readonly Target[]): readonly Target[] {
  const { states } = rootConfig(chart.definition, chart.plan);
  const ends = endsOf(chart, ofTasks);

  return Object.entries(states).flatMap(([phase, { on = {} }]: [string, { readonly on?: unknown }]) =>
    Object.entries(on as Readonly<Record<string, unknown>>).flatMap(([descriptor, written]) => {
      if (!inPhase(phase, descriptor) || !isPossible(ends, ofTasks, { phase, descriptor })) return [];
      const cause = words[descriptor] ?? descriptor;
      const targets = alternativesOf(written).flatMap((to = phase) =>
        to === 'leaving' ? waysOut(ends, phase, descriptor) : [to],
      );
      return [...new Set(targets)].map((to): Target => ({ from: phase, cause, to }));
    }),
  );
}

const words: Readonly<Record<string, string>> = {
  sunk: runCauses.sunk,
  ended: runCauses.ended,
  exhausted: runCauses.exhausted,
  'all.settled': runCauses.allSettled,
  undone: runCauses.undone,
  'orphan.ended': runCauses.orphanEnded,
};

/** Whether the definition has anything that leads there. */
function isPossible(ends: Ends, ofTasks: readonly Target[], { phase, descriptor }: Happening): boolean {
  const events: Readonly<Record<string, boolean>> = {
    sunk: ends.sinks,
    ended: ends.terminates.length > 0,
    exhausted: ofTasks.some(({ to }) => to === 'exhausted'),
  };
  const phases: Readonly<Record<string, boolean>> = {
    cancelling: ends.delegates,
    compensating: ends.compensates,
    notifying: ends.notifies,
    failed: ends.fails,
    timed_out: ends.timesOut,
  };

  return events[descriptor] !== false && phases[phase] !== false;
}

/**
 * What may happen in a phase that lasts for some time. Waiting for a place, making the output and starting the failure
 * workflow last only until that is done; a pause holds back whatever would have to be evaluated, and all timers.
 */
function inPhase(phase: string, descriptor: string): boolean {
  switch (phase) {
    case 'created':
      return descriptor === 'run.started';
    case 'queued':
      return descriptor === 'run.admitted';
    case 'running':
      return !['run.failed', 'run.migrated', 'orphan.ended', 'signal.received'].includes(descriptor);
    case 'paused':
      return ['run.resumed', 'run.terminated', 'run.cancelled', 'sunk'].includes(descriptor);
    case 'concluding':
      return descriptor === 'run.completed' || descriptor === 'run.failed';
    case 'cancelling':
      return descriptor === 'orphan.ended';
    case 'compensating':
      return descriptor === 'undone' || descriptor === 'run.terminated';
    case 'notifying':
      return descriptor === 'failure-workflow.started';
    default:
      // What was done is done, and what could not be undone cannot be gone on from.
      return descriptor === 'run.retried' && phase !== 'completed' && phase !== 'compensation_failed';
  }
}
