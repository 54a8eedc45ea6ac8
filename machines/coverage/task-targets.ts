import { regionFor } from '../compile/chart.ts';
import type { Place } from '../compile/plan.ts';
import { waitsAside } from '../compile/reopened-task.ts';
import type { Task, TaskType, WaitTask } from '../task.ts';
import { type Alternative, alternativesOf, possibleAlternatives } from './alternatives.ts';
import { anyState, causes, type Target } from './target.ts';

type Plan = ReadonlyMap<string, Place>;

/** The transitions of the region of a task that a run can take, in the order of its states. */
export function taskTargets(place: Place, plan: Plan): readonly Target[] {
  const region = regionFor(place, plan);
  const inStates = Object.entries(region.states).flatMap(([state, { on = {} }]) =>
    Object.entries(on as Readonly<Record<string, unknown>>).flatMap(([descriptor, written]) =>
      inState({ place, plan, state, descriptor, all: alternativesOf(written) }),
    ),
  );

  return reached(region.initial, unique([...inStates, ...anywhere(place, plan, region.states)]));
}

type Written = {
  readonly place: Place;
  readonly plan: Plan;
  readonly state: string;
  readonly descriptor: string;
  readonly all: readonly Alternative[];
};

function inState({ place, plan, state, descriptor, all }: Written): readonly Target[] {
  const { task } = place;
  const cause = causeOf(descriptor, state, task.id);
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

/** What happens to a task whatever its state: see the words of the region in machines/compile/region.ts. */
function anywhere(place: Place, plan: Plan, states: Readonly<Record<string, unknown>>): readonly Target[] {
  const { task, branch } = place;
  const at = (cause: string, to: string): Target => ({ task: task.id, from: anyState, cause, to });
  const byHand = 'completed' in states && !notByHand.has(task.type);
  const beginsAnew =
    branch !== undefined && !place.undoes && (place.aside === true || isTriedAgain(place, plan));

  return [
    at(causes.skippedByHand, 'skipped'),
    ...(byHand ? [at(causes.completedByHand, 'completed')] : []),
    ...(branch === undefined ? [] : [at(causes.givenUp, 'cancelled')]),
    ...(beginsAnew ? [at(causes.begunAnew, 'waiting')] : []),
  ];
}

/** Types whose end says more than an output: nobody may complete them by hand. */
const notByHand: ReadonlySet<TaskType> = new Set(['HUMAN', 'DECISION', 'TERMINATE']);

const announcement = /^(look$|run\.started$|settled\.|recover\.|opened\.)/;
const plain: Readonly<Record<string, string>> = {
  undo: causes.undo,
  'part.failed': causes.partFailed,
  'pass.ended': causes.passEnded,
};

function causeOf(descriptor: string, state: string, id: string): string {
  if (announcement.test(descriptor)) {
    if (state === 'recovering') return causes.fallbackEnded;
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

const evaluated: ReadonlySet<string> = new Set(['conditional', 'deciding', 'listing', 'looping', 'arming']);
const attempted: ReadonlySet<TaskType> = new Set(['SIMPLE', 'HTTP', 'EVENT']);

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
    cause === 'timer.fired.approval.timeout'
  );
}

/** A task that waits for nothing, or for whatever ends, begins in any case. */
function canBeSkipped({ task, routers, branch }: Place): boolean {
  const waits = task.dependsOn.length > 0 && task.join !== 'all_done';

  return waits || routers.length > 0 || branch !== undefined;
}

/** Whether only compensation starts it, or what it is inside of. */
function isForUndoing(place: Place, plan: Plan): boolean {
  const around = place.branch?.of ?? place.owner;
  const outer = around === undefined ? undefined : plan.get(around);

  return waitsAside(place) || (outer !== undefined && isForUndoing(outer, plan));
}

/** Whether a FORK in whose branches it stands may begin anew. */
function isTriedAgain({ branch }: Place, plan: Plan): boolean {
  const fork = branch === undefined ? undefined : plan.get(branch.of);
  if (fork === undefined) return false;
  const { maxAttempts, onExhausted } = fork.task.retry;

  return maxAttempts > 1 || onExhausted === 'pause' || isTriedAgain(fork, plan);
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
