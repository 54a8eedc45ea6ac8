import type { Definition } from '../definition.ts';
import type { ForkTask, SubWorkflowTask, Task } from '../task.ts';
import {
  type Choices,
  choicesOver,
  type Forks,
  type Listed,
  type Listing,
  listingOf,
  type Retreat,
  retreatsIn,
} from './lost-branches.ts';
import type { TaskState } from './run/run-state.ts';
import { tableOf } from './task-table.ts';

/** Who may start a routed task: a DECISION with a case for it, or a task that names it for its failure. */
export type RoutedBy = { readonly id: string; readonly kind: 'decision' | 'fallback' | 'catch' };

/** The place of a task among the others. */
export type TaskPlace = Listed & {
  readonly routers: readonly RoutedBy[];
  /** Of the dependencies inside branches of FORKs that the task is not in: those FORKs. They may be tried again. */
  readonly inside?: Readonly<Record<string, readonly string[]>>;
  /** Who gives it up by beginning, see `choicesOver`. */
  readonly outrunBy?: Choices;
  /** It only undoes other tasks: only compensation starts it. */
  readonly undoes: boolean;
  /** It undoes tasks of branches that may be given up while the run goes on. */
  readonly retreat?: Retreat;
  /** It is in a branch of a FORK that only undoes other tasks: it stands by until that begins. */
  readonly aside?: true;
  /** The tasks of the branches of a FORK. */
  readonly branches?: readonly (readonly string[])[];
  /** The tasks of a body before they begin, and whether what is done in it can be undone. */
  readonly body?: { readonly tasks: Readonly<Record<string, TaskState>>; readonly undoable: boolean };
};

/** Finds the place of every task, those inside of others included, in the order of the definition. */
export function planOf(definition: Definition): ReadonlyMap<string, TaskPlace> {
  const listed = listedIn(definition.tasks, {});
  const routers = new Map<string, RoutedBy[]>(listed.map(({ task }) => [task.id, []]));
  const undoing = new Set(listed.flatMap(({ task }) => task.compensate ?? []));
  for (const { task } of listed) {
    for (const id of routedBy(task)) routers.get(id)?.push({ id: task.id, kind: 'decision' });
    for (const id of task.fallback) routers.get(id)?.push({ id: task.id, kind: 'fallback' });
    for (const { next } of task.catch) routers.get(next)?.push({ id: task.id, kind: 'catch' });
  }
  const forks = new Map(listed.map(({ task, branch }) => [task.id, branch?.of]));
  const listing = listingOf(listed);
  const retreats = retreatsIn(listing, forks);
  const isAside = (id: string) => around(id, forks).some((fork) => undoing.has(fork));
  const placeOf = (each: Listed): TaskPlace => ({
    ...each,
    routers: routers.get(each.task.id) ?? [],
    undoes: undoing.has(each.task.id),
    ...(isAside(each.task.id) ? { aside: true as const } : {}),
    ...insideOf(each.task, forks),
    ...givenUpBy(each, { listing, forks, retreats }),
    ...branchesOf(each.task),
    ...bodyOf(each.task, listed, (id) => undoing.has(id) || isAside(id)),
  });

  return new Map(listed.map((each) => [each.task.id, placeOf(each)]));
}

/** The state of a task that has not begun. Compensations stand by. */
export function unbegun(aside: boolean): TaskState {
  return { state: aside ? 'standby' : 'waiting', attempt: 0 };
}

/** The tasks of the body of a task, if it has one. */
export function bodyTasks(task: Task): readonly Task[] | undefined {
  if (task.type === 'DO_WHILE') return task.tasks;
  if (task.type !== 'FORK' || task.body === undefined) return undefined;

  return 'tasks' in task.body ? task.body.tasks : [childOfItem(task, task.body.workflow)];
}

/** The tasks that stand in another: in its body, and in its branches. */
export function tasksInside(task: Task): readonly Task[] {
  const branches = task.type === 'FORK' ? (task.branches ?? []).flat() : [];

  return [...(bodyTasks(task) ?? []), ...branches];
}

function listedIn(tasks: readonly Task[], at: Omit<Listed, 'task'>): readonly Listed[] {
  return tasks.flatMap((task) => [
    { task, ...at },
    ...branchTasks(task, at),
    ...listedIn(bodyTasks(task) ?? [], { owner: task.id }),
  ]);
}

function branchTasks(task: Task, at: Omit<Listed, 'task'>): readonly Listed[] {
  if (task.type !== 'FORK') return [];
  const inside = { ...(at.owner === undefined ? {} : { owner: at.owner }) };

  return (task.branches ?? []).flatMap((branch) => {
    const aside = new Set(branch.flatMap(standbysOf));
    return branch.flatMap((each, index) => {
      const before = branch.slice(0, index).map(({ id }) => id);
      const after = before.filter((id) => !aside.has(id));
      return listedIn([each], { ...inside, branch: { of: task.id, after } });
    });
  });
}

/** Tasks that only begin when another fails are no part of the sequence of their branch. */
function standbysOf({ fallback, catch: clauses, compensate }: Task): readonly string[] {
  return [...fallback, ...clauses.map(({ next }) => next), ...(compensate === undefined ? [] : [compensate])];
}

type Surroundings = {
  readonly listing: Listing;
  readonly forks: Forks;
  readonly retreats: ReadonlyMap<string, Retreat>;
};

/** What undoes a branch that is given up goes on. */
function givenUpBy(
  each: Listed,
  { listing, forks, retreats }: Surroundings,
): Pick<TaskPlace, 'outrunBy' | 'retreat'> {
  const retreat = retreats.get(each.task.id);
  if (retreat !== undefined) return { retreat };
  const outrunBy = choicesOver(each, listing, forks);

  return Object.keys(outrunBy).length === 0 ? {} : { outrunBy };
}

function branchesOf(task: Task): Pick<TaskPlace, 'branches'> {
  if (task.type !== 'FORK' || task.branches === undefined) return {};

  return { branches: task.branches.map((branch) => branch.map(({ id }) => id)) };
}

function insideOf(task: Task, forks: Forks): Pick<TaskPlace, 'inside'> {
  const own = around(task.id, forks);
  const inside = task.dependsOn.flatMap((id): [string, readonly string[]][] => {
    const others = around(id, forks).filter((fork) => !own.includes(fork));
    return others.length === 0 ? [] : [[id, others]];
  });

  return inside.length === 0 ? {} : { inside: Object.fromEntries(inside) };
}

function around(id: string, forks: Forks): readonly string[] {
  const fork = forks.get(id);

  return fork === undefined ? [] : [fork, ...around(fork, forks)];
}

function bodyOf(
  task: Task,
  listed: readonly Listed[],
  waitsAside: (id: string) => boolean,
): Pick<TaskPlace, 'body'> {
  if (bodyTasks(task) === undefined) return {};
  const inside = listed.filter(({ owner }) => owner === task.id);
  const tasks = tableOf(Object.fromEntries(inside.map(({ task: { id } }) => [id, unbegun(waitsAside(id))])));

  return { body: { tasks, undoable: inside.some((each) => canBeUndone(each.task)) } };
}

function canBeUndone(task: Task): boolean {
  return task.compensate !== undefined || tasksInside(task).some(canBeUndone);
}

function routedBy(task: Task): ReadonlySet<string> {
  if (task.type !== 'DECISION') return new Set();

  return new Set([...task.cases.flatMap((each) => each.next), ...(task.defaultNext ?? [])]);
}

/** A FORK that starts a workflow for every item has a body of one task. Written ids never contain `/`. */
function childOfItem(fork: ForkTask, workflow: string): SubWorkflowTask {
  const { input, retry, timeoutPolicy, priority, performer, as = 'item' } = fork;
  const { rules: _rules, ...once } = retry;

  return {
    ...{
      input: input ?? `\${${as}}`,
      retry: { ...once, maxAttempts: 1 },
      timeoutPolicy,
      priority,
      performer,
    },
    id: `${fork.id}/${as}`,
    type: 'SUB_WORKFLOW',
    workflow,
    onParentClose: 'cancel',
    wait: true,
    dependsOn: [],
    join: 'all',
    fallback: [],
    optional: false,
    catch: [],
  };
}
