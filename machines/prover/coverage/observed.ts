import type { Transition } from '../../../events/record.ts';
import type { Chart } from '../../chart/chart.ts';
import { descriptorOf } from '../../chart/chart-event.ts';
import type { TaskPlace } from '../../chart/plan.ts';
import { localId } from '../../chart/task-at.ts';
import { isSettled } from '../../chart/task-status.ts';
import type { Happened } from '../explore/scene.ts';
import { anyState, causes, runCauses, type Target, targetKey } from './target.ts';
import { targetsOf } from './targets.ts';

/** What may lead on within one event, once something else has led to it. */
const inner: ReadonlySet<string> = new Set([
  causes.dependencies,
  causes.branchesEnded,
  causes.fallbackEnded,
  causes.partFailed,
  causes.passEnded,
  causes.undo,
  causes.branchLost,
  causes.givenUp,
  causes.begunAnew,
]);

/** A task goes through no more states than this within one event. */
const lengthMax = 5;

/** The targets of the chart that an event covered: those of its transitions, and what it told people. */
export function observed(chart: Chart, { event, transitions }: Happened): readonly Target[] {
  const { fact } = event;
  const { byTask, ways } = indexOf(chart);
  const found = new Set<Target>(observedOfRun(chart, { event, transitions }));
  const ofTasks = goesOnAnew.has(fact.type)
    ? []
    : transitions.filter((each) => !isOfTheEnd(each, transitions));
  for (const { task = '', from, to } of ofTasks) {
    const id = localId(task);
    const first = causeFor(fact, task, from);
    const lists = listsSome(fact, task, first);
    const isLost = from === 'standby' && losesItsBranch(chart.plan.get(id), task, transitions);
    const key = JSON.stringify([id, from, to, first, lists, isLost]);
    const way =
      ways.get(key) ??
      wayBetween(possibleOf(byTask.get(id) ?? [], { lists, isLost }), { from, to, cause: first });
    ways.set(key, way);
    for (const each of way) found.add(each);
  }
  for (const each of unmoved(fact, transitions, byTask)) found.add(each);
  if (fact.type === causes.changeAsked) {
    const asked = byTask.get(localId(fact.data.task)) ?? [];
    for (const each of asked) if (each.cause === causes.changeAsked) found.add(each);
  }

  return [...found];
}

type Fact = Happened['event']['fact'];

/** What a run does anew is worked out from the whole of it, not from the regions of its tasks. */
const goesOnAnew: ReadonlySet<Fact['type']> = new Set<Fact['type']>([
  'run.retried',
  'run.rerun',
  'run.forked',
  causes.changeAsked,
]);

type Index = {
  readonly byTask: ReadonlyMap<string, readonly Target[]>;
  readonly ways: Map<string, readonly Target[]>;
};
const known = new WeakMap<Chart, Index>();

function indexOf(chart: Chart): Index {
  const found = known.get(chart);
  if (found !== undefined) return found;
  const byTask = new Map<string, Target[]>();
  for (const target of targetsOf(chart)) {
    if (target.task === undefined) continue;
    byTask.set(target.task, [...(byTask.get(target.task) ?? []), target]);
  }
  const index = { byTask, ways: new Map<string, readonly Target[]>() };
  known.set(chart, index);

  return index;
}

/** Whether a choice that gives the branch up is made with it: whoever undoes all that the run did makes none. */
function losesItsBranch(
  place: TaskPlace | undefined,
  address: string,
  transitions: readonly Transition[],
): boolean {
  const choices = Object.keys(place?.retreat?.lostTo ?? {});
  const prefix = address.slice(0, address.length - localId(address).length);

  return choices.some((choice) =>
    transitions.some(({ task, from }) => task === prefix + choice && from === 'waiting'),
  );
}

/** What the end of the run does to its tasks is no transition of theirs. */
function isOfTheEnd({ task, from, to }: Transition, transitions: readonly Transition[]): boolean {
  if (task === undefined) return true;
  const root = transitions.find((each) => each.task === undefined);
  if (root === undefined) return false;

  return (
    (to === 'cancelled' && runCauseOf(root, transitions) !== runCauses.allSettled) ||
    (from === 'standby' && to === 'skipped')
  );
}

/** The cause of a transition that the event is about; undefined where it is about something else. */
function causeFor(fact: Fact, task: string, from: string): string | undefined {
  if (fact.type === 'run.resumed') return from === 'exhausted' ? fact.type : undefined;
  if (fact.type === 'signal.received') return fact.data.tasks.includes(task) ? fact.type : undefined;

  return 'task' in fact.data && fact.data.task === task ? ownCause(fact, task) : undefined;
}

function ownCause(fact: Fact, task: string): string {
  if (fact.type === 'task.skipped') return causes.skippedByHand;
  if (fact.type === 'task.resolved') return causes.completedByHand;

  return descriptorOf(fact).slice(0, -localId(task).length - 1);
}

/** With items, the way leads through the passes, even where they end within the same event. */
function listsSome(fact: Fact, task: string, cause: string | undefined): boolean {
  return (
    cause === 'items.listed' && fact.type === 'items.listed' && fact.data.task === task && fact.data.count > 0
  );
}

function possibleOf(
  targets: readonly Target[],
  { lists, isLost }: { readonly lists: boolean; readonly isLost: boolean },
): readonly Target[] {
  const other = isLost ? causes.undo : causes.branchLost;

  return targets.filter(
    ({ cause, to }) => cause !== other && (!lists || cause !== 'items.listed' || to === 'open'),
  );
}

/** A task that the event is about and that stayed in its state, or came back to it. */
function unmoved(fact: Fact, transitions: readonly Transition[], byTask: Index['byTask']): readonly Target[] {
  const task = 'task' in fact.data ? fact.data.task : undefined;
  if (task === undefined || transitions.some((each) => each.task === task)) return [];
  const targets = byTask.get(localId(task)) ?? [];
  if (fact.type === 'loop.evaluated' && fact.data.result) {
    return targets.filter(
      ({ from, cause, to }) =>
        (from === 'looping' && to === 'open') ||
        (from === 'open' && cause === causes.passEnded && to === 'looping'),
    );
  }
  const cause = ownCause(fact, task);

  return targets.filter((each) => each.cause === cause && each.from === each.to);
}

/**
 * The transitions that took a task from one state to another within one event, the shortest such way: with `cause`
 * first where the event is about the task, else all for what happened elsewhere. Empty where there is none.
 */
function wayBetween(
  targets: readonly Target[],
  { from, to, cause }: { readonly from: string; readonly to: string; readonly cause: string | undefined },
): readonly Target[] {
  let ways: readonly (readonly Target[])[] = [[]];
  const seen = new Set<string>();
  for (let length = 1; length <= lengthMax; length += 1) {
    const longer = ways.flatMap((way) => {
      const at = way.at(-1)?.to ?? from;
      return targets
        .filter(
          (each) =>
            leadsOn(each, at) &&
            (way.length === 0 && cause !== undefined ? each.cause === cause : inner.has(each.cause)),
        )
        .map((each) => [...way, each]);
    });
    const found = longer.find((way) => way.at(-1)?.to === to);
    if (found !== undefined) return found;
    ways = longer.filter((way) => {
      const at = way.at(-1)?.to ?? '';
      const isNew = !seen.has(at);
      seen.add(at);
      return isNew;
    });
  }

  return [];
}

function leadsOn({ from, cause }: Target, at: string): boolean {
  if (from !== anyState) return from === at;
  // Who is done cannot be given up, or be settled by hand; begin anew it can.
  return cause === causes.begunAnew
    ? at !== 'waiting'
    : !isSettled({ state: at, attempt: 0 }) || at === 'standby';
}

/** The targets of the run itself that an event covered. */
function observedOfRun(chart: Chart, { event, transitions }: Happened): readonly Target[] {
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
  const endsTheRun = fact.type === 'termination.reached' && fact.data.scope !== 'body';
  const inner = endsTheRun ? runCauses.ended : runCauseOf(root, transitions);

  return (
    ofTheRun && begins.has(fact.type) ? begun(fact, root, inner) : [{ from, cause: inner, to }]
  ).flatMap((each) => targets.get(targetKey(each)) ?? []);
}

/** What happened among the tasks that moved the run. */
function runCauseOf({ from, to }: Transition, transitions: readonly Transition[]): string {
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

const knownOfRun = new WeakMap<Chart, ReadonlyMap<string, Target>>();

function ofRun(chart: Chart): ReadonlyMap<string, Target> {
  const found = knownOfRun.get(chart);
  if (found !== undefined) return found;
  const targets = new Map(
    targetsOf(chart).flatMap((target) =>
      target.task === undefined ? [[targetKey(target), target] as const] : [],
    ),
  );
  knownOfRun.set(chart, targets);

  return targets;
}
