import { type Chart, regionFor } from '../../chart/chart.ts';
import { waitsAside } from '../../chart/continuation.ts';
import type { TaskPlace } from '../../chart/plan.ts';
import { rootConfig } from '../../chart/run/root.ts';
import { attemptsMax, type Task, type TaskType, type WaitTask } from '../../task.ts';
import { type Alternative, alternativesOf, possibleAlternatives } from './paths/alternatives.ts';
import { type Ends, endsOf, waysOut } from './paths/terminal-paths.ts';
import { anyState, causes, runCauses, type Target } from './target.ts';

/** Types whose end says more than an output: nobody may complete them by hand. */
const notByHand: ReadonlySet<TaskType> = new Set(['HUMAN', 'DECISION', 'TERMINATE']);

const announcement = /^(look$|run\.started$|settled\.|recover\.|opened\.|chosen\.)/;
const plain: Readonly<Record<string, string>> = {
  undo: causes.undo,
  'part.failed': causes.partFailed,
  'pass.ended': causes.passEnded,
};

const evaluated: ReadonlySet<string> = new Set([
  'conditional',
  'naming',
  'deciding',
  'listing',
  'looping',
  'arming',
]);
const attempted: ReadonlySet<TaskType> = new Set(['SIMPLE', 'HTTP', 'EVENT']);

const words: Readonly<Record<string, string>> = {
  sunk: runCauses.sunk,
  ended: runCauses.ended,
  exhausted: runCauses.exhausted,
  'all.settled': runCauses.allSettled,
  undone: runCauses.undone,
  'orphan.ended': runCauses.orphanEnded,
};

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

type Happening = { readonly phase: string; readonly descriptor: string };

/** The transitions of the run itself that can be taken, given those of its tasks. */
function runTargets(chart: Chart, ofTasks: readonly Target[]): readonly Target[] {
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

type Plan = ReadonlyMap<string, TaskPlace>;

/** The transitions of the region of a task that a run can take, in the order of its states. */
function taskTargets(place: TaskPlace, plan: Plan): readonly Target[] {
  const region = regionFor(place, plan);
  const inStates = Object.entries(region.states).flatMap(([state, { on = {} }]) =>
    Object.entries(on as Readonly<Record<string, unknown>>).flatMap(([descriptor, written]) =>
      inState({ place, plan, state, descriptor, all: alternativesOf(written) }),
    ),
  );

  const all = [...inStates, ...changeTargets(place), ...anywhere(place, plan, region.states)];

  return reached(region.initial, unique(all));
}

/** A change takes the run back as a whole; of the approval that asks for it, it is a transition. */
function changeTargets({ task, undoes, aside }: TaskPlace): readonly Target[] {
  if (task.type !== 'HUMAN' || task.onChange === undefined || undoes || aside === true) return [];

  return [{ task: task.id, from: 'pending_approval', cause: causes.changeAsked, to: 'waiting' }];
}

type Written = {
  readonly place: TaskPlace;
  readonly plan: Plan;
  readonly state: string;
  readonly descriptor: string;
  readonly all: readonly Alternative[];
};

function inState({ place, plan, state, descriptor, all }: Written): readonly Target[] {
  const { task } = place;
  const cause = causeOf(descriptor, state, task.id);
  // Who carries it out is no matter of the definition, nor is that somebody takes it from a worker.
  if (cause === 'task.assigned') return [];
  if (isInstant(task, state) && cause.startsWith('timer.')) return [];
  if (task.type === 'WAIT' && !isAwaited(task, state, cause)) return [];
  // Nothing undoes what only stands beside the tasks that do.
  if (cause === causes.undo && !place.undoes) return [];
  const possible = possibleAlternatives(place, all, {
    code: codeOf(cause),
    undoes: isForUndoing(place, plan),
  });

  return possible.flatMap((to): readonly Target[] => {
    if (to === undefined || to === state) {
      return changesNoState(task, cause) ? [{ task: task.id, from: state, cause, to: state }] : [];
    }
    if (to === 'skipped' && state === 'waiting' && !canBeSkipped(place)) return [];
    if (to === 'no_match' && task.type === 'DECISION' && task.defaultNext !== undefined) return [];

    return [{ task: task.id, from: state, cause, to }];
  });
}

/** What happens to a task whatever its state: see the words of the region in machines/chart/region.ts. */
function anywhere(
  place: TaskPlace,
  plan: Plan,
  states: Readonly<Record<string, unknown>>,
): readonly Target[] {
  const { task, branch, outrunBy, retreat } = place;
  const isGivenUp = retreat === undefined && (branch !== undefined || outrunBy !== undefined);
  const at = (cause: string, to: string): Target => ({ task: task.id, from: anyState, cause, to });
  const byHand = 'completed' in states && !notByHand.has(task.type);
  const beginsAnew =
    branch !== undefined && !place.undoes && (place.aside === true || isTriedAgain(place, plan));

  return [
    at(causes.skippedByHand, 'skipped'),
    ...(byHand ? [at(causes.completedByHand, 'completed')] : []),
    ...(isGivenUp ? [at(causes.givenUp, 'cancelled')] : []),
    ...(beginsAnew ? [at(causes.begunAnew, 'waiting')] : []),
  ];
}

function causeOf(descriptor: string, state: string, id: string): string {
  if (announcement.test(descriptor)) {
    if (state === 'recovering') return causes.fallbackEnded;
    if (state === 'standby') return causes.branchLost;
    return state === 'open' ? causes.branchesEnded : causes.dependencies;
  }
  const known = plain[descriptor];
  if (known !== undefined) return known;

  return descriptor.endsWith(`.${id}`) ? descriptor.slice(0, -id.length - 1) : descriptor;
}

/** The code of the error that the cause always gives. */
function codeOf(cause: string): string | undefined {
  if (cause.startsWith('timer.fired.')) return cause.slice('timer.fired.'.length);

  return cause === 'approval.denied' ? cause : undefined;
}

/** A state that lasts only until the engine has evaluated something: no timer finds the task in it. */
function isInstant({ type }: Task, state: string): boolean {
  return evaluated.has(state) || (state === 'scheduled' && !attempted.has(type));
}

/** Whether a WAIT for this time or signal may get to know it, or have trouble to find it out. */
function isAwaited({ signal, until, durationMs }: WaitTask, state: string, cause: string): boolean {
  if (cause.startsWith('signal.')) return signal !== undefined;
  if (cause === 'timer.fired.wait.elapsed') return until !== undefined || durationMs !== undefined;

  return state !== 'arming' || cause !== 'task.failed' || until !== undefined;
}

/** What changes no state and yet tells people something. Heartbeats and assignments do not. */
function changesNoState(task: Task, cause: string): boolean {
  if (cause === 'approval.granted') return task.type === 'HUMAN' && task.quorum > 1;

  return (
    cause === 'approval.delegated' ||
    cause === 'timer.fired.task.timeout' ||
    cause === 'timer.fired.approval.timeout' ||
    cause === 'timer.fired.approval.escalation' ||
    cause === 'timer.fired.approval.reminder'
  );
}

/** A task that waits for nothing, or for whatever ends, begins in any case. */
function canBeSkipped({ task, routers, branch }: TaskPlace): boolean {
  const waits = task.dependsOn.length > 0 && task.join !== 'all_done';

  return waits || routers.length > 0 || branch !== undefined;
}

/** Whether only compensation starts it, or what it is inside of. */
function isForUndoing(place: TaskPlace, plan: Plan): boolean {
  const around = place.branch?.of ?? place.owner;
  const outer = around === undefined ? undefined : plan.get(around);

  return waitsAside(place) || (outer !== undefined && isForUndoing(outer, plan));
}

/** Whether a FORK in whose branches it stands may begin anew. */
function isTriedAgain({ branch }: TaskPlace, plan: Plan): boolean {
  const fork = branch === undefined ? undefined : plan.get(branch.of);
  if (fork === undefined) return false;
  const { onExhausted } = fork.task.retry;

  return attemptsMax(fork.task.retry) > 1 || onExhausted === 'pause' || isTriedAgain(fork, plan);
}

function unique(targets: readonly Target[]): readonly Target[] {
  const seen = new Set<string>();

  return targets.filter(({ from, cause, to }) => {
    const key = `${from}|${cause}|${to}`;
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

/** Without what leads from states that nothing leads to. */
function reached(initial: string, targets: readonly Target[]): readonly Target[] {
  const states = new Set([initial]);
  for (const { from, to } of targets) if (from === anyState) states.add(to);
  // Grows while it is walked: a Set visits what is added on the way.
  for (const state of states) {
    for (const { from, to } of targets) if (from === state) states.add(to);
  }

  return targets.filter(({ from }) => from === anyState || states.has(from));
}
