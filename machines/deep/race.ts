import type { Chart } from '../compile/chart.ts';
import { downstreamOf } from '../compile/downstream.ts';
import type { Place } from '../compile/plan.ts';
import type { Explored, ExploredScene } from '../explore/explore.ts';
import type { Task, TaskType } from '../task.ts';
import { isOver } from './explored-graph.ts';
import type { Found } from './found.ts';
import { variablesRead } from './variables-used.ts';

/**
 * A variable that one task sets while another one, which waits for neither, sets or reads it: what it holds then is a
 * matter of which was quicker. The exploration plays one order only.
 */
export function races(chart: Chart, explored: Explored): readonly Found[] {
  const users = usersOf(chart);
  const pairs = users.flatMap((one, at) => users.slice(at).map((other) => ({ one, other })));

  return pairs.flatMap(({ one, other }) => {
    const name = shared(one, other);
    if (name === undefined || !mayOverlap(chart, one.place, other.place)) return [];
    const scene = bothRanIn(explored, one.place, other.place);
    return scene === undefined ? [] : [raceFound(name, { one, other, scene })];
  });
}

type User = {
  readonly place: Place;
  readonly sets: ReadonlySet<string>;
  readonly reads: ReadonlySet<string>;
};

function usersOf(chart: Chart): readonly User[] {
  const all = [...chart.plan.values()].map((place) => ({
    place,
    sets: new Set(place.task.type === 'SET_VARIABLE' ? Object.keys(place.task.variables) : []),
    reads: variablesRead(chart, place.task),
  }));

  return all.filter(({ sets, reads }) => sets.size > 0 || reads.size > 0);
}

function shared(one: User, other: User): string | undefined {
  const set = [...one.sets].find((name) => other.sets.has(name) || other.reads.has(name));

  return set ?? [...other.sets].find((name) => one.reads.has(name));
}

/** Whether the two may be under way at the same time: the same task in two passes, or tasks that wait for neither. */
function mayOverlap(chart: Chart, one: Place, other: Place): boolean {
  if (one === other) return passesOverlap(chart, one);
  const around = new Set(chainOf(chart, other).map(({ task }) => task.id));
  const lifted = chainOf(chart, one).find(({ owner }) => owner === undefined || around.has(owner));
  const beside = chainOf(chart, other).find(({ owner }) => owner === lifted?.owner);
  if (lifted === undefined || beside === undefined || lifted === beside) return false;
  // What holds a body or branches is under way while they are.
  if (isInBranchOf(chart, lifted, beside) || isInBranchOf(chart, beside, lifted)) return false;
  if (follows(chart, lifted, beside) || follows(chart, beside, lifted)) return false;

  return !areOfOneInstant(chart, lifted, beside);
}

/** The place, and that of each FORK or loop that it is in the body of, outwards. */
function chainOf({ plan }: Chart, place: Place): readonly Place[] {
  const chain = [place];
  for (let at = place.owner; at !== undefined; ) {
    const around = plan.get(at);
    if (around === undefined) break;
    chain.push(around);
    at = around.owner;
  }

  return chain;
}

/** Whether a FORK over items around it may carry two of its passes out at once. */
function passesOverlap(chart: Chart, place: Place): boolean {
  const forks = chainOf(chart, place).slice(1);

  return forks.some(({ task }) => task.type === 'FORK' && task.concurrency !== 1);
}

function isInBranchOf({ plan }: Chart, inner: Place, fork: Place): boolean {
  for (let at = inner.branch?.of; at !== undefined; at = plan.get(at)?.branch?.of) {
    if (at === fork.task.id) return true;
  }

  return false;
}

function follows(chart: Chart, later: Place, earlier: Place): boolean {
  return causesOf(chart, later).has(earlier.task.id) || downstreamBeside(chart, earlier).has(later.task.id);
}

function downstreamBeside(chart: Chart, { task }: Place): ReadonlySet<string> {
  const around = new Set(chainOfBranches(chart, task.id));

  // `downstreamOf` counts what follows the FORK around a task, too: that waits for the task all the same.
  return new Set([...downstreamOf(chart, task.id)].filter((id) => !around.has(id)));
}

function chainOfBranches({ plan }: Chart, id: string): readonly string[] {
  const around: string[] = [];
  for (let at = plan.get(id)?.branch?.of; at !== undefined; at = plan.get(at)?.branch?.of) around.push(at);

  return around;
}

/** Everything beside it that has to settle before it begins. */
function causesOf({ plan }: Chart, place: Place): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [place];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const { task, routers, branch } = at;
    const before = [...task.dependsOn, ...routers.map(({ id }) => id), ...(branch?.after ?? [])];
    const around = branch === undefined ? undefined : plan.get(branch.of);
    if (around !== undefined) open.push(around);
    for (const id of before) {
      const next = plan.get(id);
      if (next === undefined || found.has(id)) continue;
      found.add(id);
      open.push(next);
    }
  }

  return found;
}

const instant: ReadonlySet<TaskType> = new Set([
  'SET_VARIABLE',
  'TRANSFORM',
  'DECISION',
  'NOOP',
  'TERMINATE',
  'JOIN',
]);

function isInstant(task: Task): boolean {
  return instant.has(task.type) && task.outputTo === undefined;
}

/** Two that begin with the same event and need nobody's answer are carried out in the order of the definition. */
function areOfOneInstant(chart: Chart, one: Place, other: Place): boolean {
  if (!isInstant(one.task) || !isInstant(other.task)) return false;
  const [first, second] = [one, other].map((place) =>
    [...causesOf(chart, place)].filter((id) => {
      const task = chart.plan.get(id)?.task;
      return task !== undefined && !isInstant(task);
    }),
  );

  return first?.length === second?.length && (first ?? []).every((id) => second?.includes(id) === true);
}

function bothRanIn({ scenes }: Explored, one: Place, other: Place): ExploredScene | undefined {
  for (const each of scenes.values()) if (isOver(each) && ran(each, one) && ran(each, other)) return each;

  return undefined;
}

/** Of what is in a body, its FORK or loop. */
function ran({ scene }: ExploredScene, { task, owner }: Place): boolean {
  const { tasks } = scene.run.state;
  const chain = [task.id];
  for (let at = owner; at !== undefined; at = scene.run.chart.plan.get(at)?.owner) chain.push(at);

  return tasks[chain.at(-1) ?? '']?.state === 'completed';
}

function raceFound(
  name: string,
  { one, other, scene }: { readonly one: User; readonly other: User; readonly scene: ExploredScene },
): Found {
  const [setter, user] = one.sets.has(name) ? [one, other] : [other, one];
  const [a, b] = [setter.place.task.id, user.place.task.id];
  const does = user.sets.has(name) ? 'sets' : 'reads';
  const text =
    a === b
      ? `${a} sets the variable ${name} in passes that are carried out side by side`
      : `${a} sets the variable ${name}, which ${b} ${does} at the same time`;

  return {
    code: 'deep.race',
    severity: 'warning',
    message: `${text}: what it holds depends on which is quicker, and only one order was explored; let one wait for the other`,
    tasks: a === b ? [a] : [a, b],
    key: 'variables',
    scene: scene.key,
  };
}
