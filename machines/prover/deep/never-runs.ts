import type { Chart } from '../../chart/chart.ts';
import type { TaskPlace } from '../../chart/plan.ts';
import { localId } from '../../chart/task-at.ts';
import type { Task } from '../../task.ts';
import type { Explored } from '../explore/explore.ts';
import { neverBegins } from '../impossible/contradiction.ts';
import { isDisturbed } from './early-termination.ts';
import { happenings, isCut, unexplored } from './explored-graph.ts';
import { causesOf, chainOf } from './overlap.ts';
import { type Found, named } from './standstill.ts';
import { isTriedOut } from './value-coverage.ts';

/** Tasks that begin in no run that was explored. Those that only follow from another such task are told with it. */
export function neverRunning(chart: Chart, explored: Explored): readonly Found[] {
  const ran = tasksThatRan(explored);
  const never = new Set([...chart.plan.keys()].filter((id) => !ran.has(id) && !isImplied(id)));
  const roots = [...never].filter(
    (id) => !isUndoing(chart, id) && followedBy(chart, id, never) === undefined,
  );

  return roots.map((id) => {
    const why = reasonOf(chart, id, ran);
    const isSure = isProven(chart, explored, { id, ...why });
    const isShort = !isSure && followsCutLoop(chart, explored, id);
    const rest = [...never].filter((each) => each !== id && rootOf(chart, each, never) === id);
    const along = rest.length === 0 ? '' : `; nor can ${named(rest)}`;

    return {
      code: 'deep.never-runs',
      severity: why.isSpare === true || isShort ? 'note' : isSure ? 'error' : 'warning',
      message: `${id} ${isSure ? 'can never run' : unseen(why)}: ${why.text}${along}${isSure ? '' : doubt(explored, why)}`,
      tasks: [id, ...rest],
      ...(why.key === undefined ? {} : { key: why.key }),
    };
  });
}

/**
 * `by` is the task whose expression decides it; `isSpare` where it is meant for what should not come; `isPlain` where
 * no value has a say in it.
 */
type Why = {
  readonly text: string;
  readonly by?: string;
  readonly key?: string;
  readonly isSpare?: true;
  readonly isPlain?: boolean;
};

/**
 * Its conditions contradict each other; or what decides it was looked at, with all the values there are, and nothing
 * kept it from being looked at again.
 */
function isProven(
  chart: Chart,
  explored: Explored,
  { id, by, isPlain }: Why & { readonly id: string },
): boolean {
  if (neverBegins(chart, id)) return true;
  if (isCut(explored)) return false;
  if (by === undefined) return isPlain === true;

  return (
    evaluatedTasks(explored).has(by) && isTriedOut(chart, explored, by) && !isDisturbed(chart, explored, by)
  );
}

function evaluatedTasks(explored: Explored): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { event } of happenings(explored)) {
    const { fact } = event;
    if (fact.type === 'condition.evaluated' || fact.type === 'decision.made' || fact.type === 'items.listed')
      found.add(localId(fact.data.task));
  }

  return found;
}

/** Behind a loop that was not followed to its end nothing was looked at. */
function followsCutLoop(chart: Chart, explored: Explored, id: string): boolean {
  const place = chart.plan.get(id);
  if (place === undefined || unexplored(explored).length === 0) return false;
  const before = chainOf(chart, place).flatMap((each) => [...causesOf(chart, each)]);

  return before.some((each) => chart.plan.get(each)?.task.type === 'DO_WHILE');
}

const idle: ReadonlySet<string> = new Set([
  'waiting',
  'conditional',
  'naming',
  'skipped',
  'cancelled',
  'standby',
]);

const fallen: ReadonlySet<string> = new Set([
  'failed',
  'timed_out',
  'caught',
  'recovering',
  'completed_with_errors',
]);

/** Every task that began in some run. */
function tasksThatRan(explored: Explored): ReadonlySet<string> {
  const ran = new Set<string>();
  for (const { transitions } of happenings(explored)) {
    for (const { task, from, to } of transitions) {
      // A condition that cannot be evaluated fails its task before it begins.
      if (
        task !== undefined &&
        !idle.has(to) &&
        !((from === 'conditional' || from === 'naming') && fallen.has(to))
      )
        ran.add(localId(task));
    }
  }

  return ran;
}

/** The task that a FORK makes of a workflow for its items is not written anywhere. */
function isImplied(id: string): boolean {
  return id.includes('/');
}

/** People may cancel a run at any time, which undoes what it did. That is not explored. */
function isUndoing({ plan }: Chart, id: string): boolean {
  const place = plan.get(id);
  if (place === undefined) return false;

  return (
    place.undoes ||
    place.aside === true ||
    (place.owner !== undefined && isUndoing({ plan } as Chart, place.owner))
  );
}

/** The task that never runs, either, and because of which this one does not. */
function followedBy({ plan }: Chart, id: string, never: ReadonlySet<string>): string | undefined {
  const place = plan.get(id);
  if (place === undefined) return undefined;
  const { owner, branch, routers, task } = place;
  const around = [owner, branch?.of].find((each) => each !== undefined && never.has(each));
  if (around !== undefined) return around;
  if (routers.length > 0) return routers.every((router) => never.has(router.id)) ? routers[0]?.id : undefined;
  const blocked = task.dependsOn.filter((each) => never.has(each));

  return blocked.length > 0 && blocked.length === task.dependsOn.length ? blocked[0] : undefined;
}

function rootOf(chart: Chart, id: string, never: ReadonlySet<string>): string {
  const seen = new Set([id]);
  let at = id;
  for (let next = followedBy(chart, at, never); next !== undefined && !seen.has(next); ) {
    seen.add(next);
    at = next;
    next = followedBy(chart, at, never);
  }

  return at;
}

function reasonOf(chart: Chart, id: string, ran: ReadonlySet<string>): Why {
  const place = chart.plan.get(id);
  const router = place?.routers.find((each) => ran.has(each.id));
  if (place === undefined) return { text: 'nothing begins it' };
  if (router?.kind === 'decision') return unchosen(chart, router.id, id);
  if (router !== undefined) {
    const isPlain = isConstant(chart.plan.get(router.id)?.task);
    return router.kind === 'catch'
      ? { text: `${router.id} never fails in a way that leads to it`, isPlain }
      : { text: `${router.id}, for which it stands in, never fails for good`, isPlain };
  }

  return owned(place, chart) ?? conditioned(place) ?? { text: 'what it waits for never lets it begin' };
}

/** Whether the task needs nobody and evaluates nothing, so that it cannot fail. */
function isConstant(task: Task | undefined): boolean {
  const isOwn = task?.type === 'TRANSFORM' || task?.type === 'SET_VARIABLE' || task?.type === 'NOOP';

  return isOwn && task.when === undefined && !JSON.stringify(task).includes('${');
}

/** A default beside cases for every value there is guards against values that are added later. */
function unchosen({ plan }: Chart, by: string, id: string): Why {
  const decision = plan.get(by)?.task;
  const isCased = decision?.type === 'DECISION' && decision.cases.some(({ next }) => next.includes(id));
  const text = `${by} never takes a case that leads to it`;

  return isCased
    ? { text, by }
    : { text: `the cases of ${by} leave nothing for its default`, by, isSpare: true };
}

/** In a body that is begun although nothing in it is: the list has no items. */
function owned({ owner, task }: TaskPlace, chart: Chart): Why | undefined {
  const around = owner === undefined ? undefined : chart.plan.get(owner)?.task;
  const isListed = around?.type === 'FORK' || (around?.type === 'DO_WHILE' && around.items !== undefined);
  if (around === undefined || !isListed || task.dependsOn.length > 0 || task.when !== undefined)
    return undefined;

  return { text: `the list of ${around.id} is always empty`, by: around.id };
}

function conditioned({ task }: TaskPlace): Why | undefined {
  return task.when === undefined
    ? undefined
    : { text: `its condition did not hold: ${task.when}`, by: task.id, key: 'when' };
}

/** Of what rests on the values that were tried it is said what was seen. */
function unseen({ isSpare }: Why): string {
  return isSpare === true ? 'can never run' : 'was not seen to run';
}

function doubt(explored: Explored, { by }: Why): string {
  if (unexplored(explored).length > 0)
    return ` in what was explored (${explored.bound ?? 'not everything was'})`;

  return ` with the values that were tried; if it can, give one under examples (results of the tasks that ${by ?? 'it'} reads, or input)`;
}
