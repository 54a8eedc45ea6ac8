import type { Chart } from '../../chart/chart.ts';
import { downstreamOf } from '../../chart/downstream.ts';
import type { TaskPlace } from '../../chart/plan.ts';
import type { Task, TaskType } from '../../task.ts';

/** Whether the two may be under way at the same time: the same task in two passes, or tasks that wait for neither. */
export function mayOverlap(chart: Chart, one: TaskPlace, other: TaskPlace): boolean {
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
export function chainOf({ plan }: Chart, place: TaskPlace): readonly TaskPlace[] {
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
function passesOverlap(chart: Chart, place: TaskPlace): boolean {
  const forks = chainOf(chart, place).slice(1);

  return forks.some(({ task }) => task.type === 'FORK' && task.concurrency !== 1);
}

function isInBranchOf({ plan }: Chart, inner: TaskPlace, fork: TaskPlace): boolean {
  for (let at = inner.branch?.of; at !== undefined; at = plan.get(at)?.branch?.of) {
    if (at === fork.task.id) return true;
  }

  return false;
}

function follows(chart: Chart, later: TaskPlace, earlier: TaskPlace): boolean {
  return causesOf(chart, later).has(earlier.task.id) || downstreamBeside(chart, earlier).has(later.task.id);
}

function downstreamBeside(chart: Chart, { task }: TaskPlace): ReadonlySet<string> {
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
export function causesOf({ plan }: Chart, place: TaskPlace): ReadonlySet<string> {
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
function areOfOneInstant(chart: Chart, one: TaskPlace, other: TaskPlace): boolean {
  if (!isInstant(one.task) || !isInstant(other.task)) return false;
  const [first, second] = [one, other].map((place) =>
    [...causesOf(chart, place)].filter((id) => {
      const task = chart.plan.get(id)?.task;
      return task !== undefined && !isInstant(task);
    }),
  );

  return first?.length === second?.length && (first ?? []).every((id) => second?.includes(id) === true);
}
