import type { Definition } from '../definition.ts';
import type { ForkTask, SubWorkflowTask, Task } from '../task.ts';
import type { TaskState } from './run/run-state.ts';

/** Who may start a routed task: a DECISION with a case for it, or a task that names it for its failure. */
export type RoutedBy = { readonly id: string; readonly kind: 'decision' | 'fallback' | 'catch' };

/** The place of a task among the others. */
export type TaskPlace = {
  readonly task: Task;
  readonly routers: readonly RoutedBy[];
  /** The FORK or loop whose body the task is in; absent for a task of the run itself. */
  readonly owner?: string;
  /** The FORK in one of whose branches the task stands, and the tasks of that branch that come before it. */
  readonly branch?: { readonly of: string; readonly after: readonly string[] };
  /** Of the dependencies inside branches of FORKs that the task is not in: those FORKs. They may be tried again. */
  readonly inside?: Readonly<Record<string, readonly string[]>>;
  /**
   * The tasks that begin with the first of several, and which of these leads to them by way of this one: it is given
   * up when such a task begins, unless that one completed. Nothing leads to a TERMINATE of its own body: ''.
   */
  readonly outrunBy?: Readonly<Record<string, string>>;
  /** It only undoes other tasks: only compensation starts it. */
  readonly undoes: boolean;
  /** It is in a branch of a FORK that only undoes other tasks: it stands by until that begins. */
  readonly aside?: true;
  /** The tasks of the branches of a FORK. */
  readonly branches?: readonly (readonly string[])[];
  /** The tasks of a body before they begin, and whether what is done in it can be undone. */
  readonly body?: { readonly tasks: Readonly<Record<string, TaskState>>; readonly undoable: boolean };
};

type Listed = Pick<TaskPlace, 'task' | 'owner' | 'branch'>;

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
  const isAside = (id: string) => around(id, forks).some((fork) => undoing.has(fork));
  const placeOf = (each: Listed): TaskPlace => ({
    ...each,
    routers: routers.get(each.task.id) ?? [],
    undoes: undoing.has(each.task.id),
    ...(isAside(each.task.id) ? { aside: true as const } : {}),
    ...insideOf(each.task, forks),
    ...outrunBy(each, listed, forks),
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

/** A task in a branch of a FORK is given up with the end of that branch. */
function outrunBy(
  { task: { id }, owner, branch: at }: Listed,
  listed: readonly Listed[],
  forks: Forks,
): Pick<TaskPlace, 'outrunBy'> {
  const fork = forks.get(id);
  const branches = listed.find(({ task }) => task.id === fork)?.task;
  const own = (branches?.type === 'FORK' ? branches.branches : undefined)?.find((each) =>
    each.some((task) => task.id === id),
  );
  const entries = listed
    .filter(({ task }) => task.cancelRest === true)
    .flatMap(({ task, branch }): [string, string][] => {
      const isOutside = fork !== undefined && branch?.of !== fork;
      const ends = isOutside ? (own ?? []).map((each) => each.id) : [id];
      const end = task.dependsOn.find((each) => ends.includes(each));
      return end === undefined ? [] : [[task.id, end]];
    });
  for (const { task, branch, owner: other } of listed) {
    if (task.type !== 'TERMINATE' || task.scope !== 'body' || task.id === id) continue;
    const isBeside =
      branch === undefined
        ? owner === other
        : at?.of === branch.of && own?.some((each) => each.id === task.id);
    if (isBeside === true && (branch ?? other) !== undefined) entries.push([task.id, '']);
  }

  return entries.length === 0 ? {} : { outrunBy: Object.fromEntries(entries) };
}

function branchesOf(task: Task): Pick<TaskPlace, 'branches'> {
  if (task.type !== 'FORK' || task.branches === undefined) return {};

  return { branches: task.branches.map((branch) => branch.map(({ id }) => id)) };
}

type Forks = ReadonlyMap<string, string | undefined>;

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
  const tasks = Object.fromEntries(inside.map(({ task: { id } }) => [id, unbegun(waitsAside(id))]));

  return { body: { tasks, undoable: inside.some((each) => canBeUndone(each.task)) } };
}

function canBeUndone(task: Task): boolean {
  const branches = task.type === 'FORK' ? (task.branches ?? []).flat() : [];

  return task.compensate !== undefined || [...(bodyTasks(task) ?? []), ...branches].some(canBeUndone);
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
