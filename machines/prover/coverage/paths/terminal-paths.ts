import type { Chart } from '../../../chart/chart.ts';
import { waitsAside } from '../../../chart/continuation.ts';
import type { Ending } from '../../../chart/run/run-state.ts';
import type { TerminateTask } from '../../../task.ts';
import type { Target } from '../target.ts';

/** How a run of the chart may come to its end. */
export type Ends = {
  readonly sinks: boolean;
  readonly fails: boolean;
  readonly timesOut: boolean;
  readonly notifies: boolean;
  readonly delegates: boolean;
  readonly compensates: boolean;
  /** Whether what undoes may be carried out by another run. */
  readonly undoesByRun: boolean;
  readonly terminates: readonly TerminateTask['status'][];
};

type Phase = Ending['phase'];

export function endsOf(
  { definition, plan, compensates, delegates }: Chart,
  ofTasks: readonly Target[],
): Ends {
  const places = [...plan.values()];
  const terminates = places.flatMap(({ task }) =>
    task.type === 'TERMINATE' && task.scope !== 'body' ? [task.status] : [],
  );
  const sinks = ofTasks.some(({ task = '', to }) => {
    const place = plan.get(task);
    const isOfRun = place !== undefined && place.owner === undefined && place.branch === undefined;
    return isOfRun && !waitsAside(place) && (to === 'failed' || to === 'timed_out');
  });

  return {
    sinks,
    fails: sinks || terminates.includes('FAILED') || definition.output.kind === 'map',
    timesOut: definition.timeoutMs !== undefined && definition.timeoutPolicy === 'fail',
    notifies: definition.failureWorkflow !== undefined,
    delegates,
    compensates,
    undoesByRun: places.some(
      (place) => waitsAside(place) && (place.task.type === 'SUB_WORKFLOW' || place.body !== undefined),
    ),
    terminates,
  };
}

const phaseOf = {
  COMPLETED: 'completed',
  FAILED: 'failed',
  TERMINATED: 'terminated',
} as const satisfies Readonly<Record<TerminateTask['status'], Phase>>;

/** Where a run may go that leaves a phase for what the descriptor tells. */
export function waysOut(ends: Ends, phase: string, descriptor: string): readonly string[] {
  return endingsAfter(ends, descriptor).flatMap((ending) => stagesTo(ends, { ending, phase, descriptor }));
}

function endingsAfter(ends: Ends, descriptor: string): readonly Phase[] {
  const failed: readonly Phase[] = [
    ...(ends.fails ? ['failed' as const] : []),
    ...(ends.timesOut ? ['timed_out' as const] : []),
  ];
  switch (descriptor) {
    case 'sunk':
    case 'run.failed':
      return ['failed'];
    case 'ended':
      return ends.terminates.map((status) => phaseOf[status]);
    case 'run.terminated':
    case 'run.cancelled':
      return ['terminated'];
    case 'timer.fired.run.timeout':
      return ['timed_out'];
    case 'undone':
      return [...failed, 'terminated'];
    case 'failure-workflow.started':
      return failed;
    case 'orphan.ended':
      return ['completed', ...failed, 'terminated'];
    default:
      return ['completed'];
  }
}

type Leaving = { readonly ending: Phase; readonly phase: string; readonly descriptor: string };

/** The next stage on the way out: see machines/chart/run/root.ts. */
function stagesTo(ends: Ends, leaving: Leaving): readonly string[] {
  const { ending, phase, descriptor } = leaving;
  const failed = ending === 'failed' || ending === 'timed_out';
  const last = failed && ends.notifies && phase !== 'notifying' ? 'notifying' : ending;
  const mayNotBeUndone = descriptor === 'undone' || (phase === 'notifying' && ends.compensates);

  return [
    ...(mayLeaveRuns(ends, phase) ? ['cancelling'] : []),
    ...(ends.compensates && isUndone(leaving) ? ['compensating'] : []),
    last,
    ...(mayNotBeUndone && last !== 'notifying' ? ['compensation_failed'] : []),
  ];
}

function mayLeaveRuns({ delegates, undoesByRun }: Ends, phase: string): boolean {
  if (phase === 'compensating') return undoesByRun;

  return delegates && (phase === 'running' || phase === 'paused');
}

function isUndone({ ending, phase, descriptor }: Leaving): boolean {
  if (phase === 'compensating' || phase === 'notifying') return false;

  return (
    ending === 'failed' ||
    ending === 'timed_out' ||
    descriptor === 'run.cancelled' ||
    (ending === 'terminated' && descriptor === 'ended') ||
    descriptor === 'orphan.ended'
  );
}
