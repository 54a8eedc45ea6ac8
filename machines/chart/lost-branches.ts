import type { Task } from '../task.ts';
import type { RunState, TaskState } from './run/run-state.ts';
import { isCompleted, isSettled, isUndoable } from './task-status.ts';

/** A task where the definition lists it: in which body, in which branch of which FORK. */
export type Listed = {
  readonly task: Task;
  /** The FORK or loop whose body the task is in; absent for a task of the run itself. */
  readonly owner?: string;
  /** The FORK in one of whose branches the task stands, and the tasks of that branch that come before it. */
  readonly branch?: { readonly of: string; readonly after: readonly string[] };
};

/** The FORK in whose branch each task stands. */
export type Forks = ReadonlyMap<string, string | undefined>;

/** Those who choose among several, and which of these leads to them by way of the task. */
export type Choices = Readonly<Record<string, string>>;

/**
 * A task that undoes what was done in a branch that may be given up for another one: it begins with that choice, where
 * others begin with the end of the run. Within a branch what was done last is undone first.
 */
export type Retreat = {
  readonly lostTo: Choices;
  /** What it undoes. */
  readonly undoes: readonly string[];
  /** Those whose turn may come before. */
  readonly after: readonly Earlier[];
};

/** What is listed, and of it what may choose among branches: that every task is held against. */
export type Listing = {
  readonly all: readonly Listed[];
  readonly byId: ReadonlyMap<string, Listed>;
  readonly choosing: readonly Listed[];
  readonly ending: readonly Listed[];
};

export function listingOf(all: readonly Listed[]): Listing {
  return {
    all,
    byId: new Map(all.map((each) => [each.task.id, each])),
    choosing: all.filter(({ task }) => task.cancelRest === true),
    ending: all.filter(({ task }) => task.type === 'TERMINATE' && task.scope === 'body'),
  };
}

type Losable = Pick<Retreat, 'lostTo' | 'undoes'>;
type Earlier = Losable & { readonly id: string };

/**
 * Who gives the task up by beginning, unless the task that is named beside completed. A task in a branch of a FORK is
 * given up with the end of that branch. Nothing leads to a TERMINATE of its own body: ''.
 */
export function choicesOver(each: Listed, listing: Listing, forks: Forks): Choices {
  const { task, owner, branch: at } = each;
  const { id } = task;
  const { choosing, ending } = listing;
  if (choosing.length + ending.length === 0) return {};
  const own = branchAround(id, listing, forks);
  const entries = choosing.flatMap((other): [string, string][] => {
    const ends = isOutside(id, other, forks) ? own.map((inside) => inside.id) : [id];
    const end = other.task.dependsOn.find((dependency) => ends.includes(dependency));
    return end === undefined ? [] : [[other.task.id, end]];
  });
  for (const { task: end, branch, owner: other } of ending) {
    if (end.id === id) continue;
    const isBeside =
      branch === undefined
        ? owner === other
        : at?.of === branch.of && own.some((inside) => inside.id === end.id);
    if (isBeside && (branch ?? other) !== undefined) entries.push([end.id, '']);
  }

  return Object.fromEntries(entries);
}

/** What undoes tasks of branches that may be given up, by id. */
export function retreatsIn(listing: Listing, forks: Forks): ReadonlyMap<string, Retreat> {
  const undoing = new Map<string, Earlier>();
  for (const { task } of listing.all) {
    if (task.compensate === undefined) continue;
    const lostTo = lostWith(task.id, listing, forks);
    if (Object.keys(lostTo).length === 0) continue;
    const known = undoing.get(task.compensate);
    // A task that undoes several has its turn with the last of them.
    undoing.delete(task.compensate);
    undoing.set(task.compensate, {
      id: task.compensate,
      lostTo: { ...known?.lostTo, ...lostTo },
      undoes: [...(known?.undoes ?? []), task.id],
    });
  }
  const all = [...undoing.values()];

  return new Map(
    all.map(({ id, lostTo, undoes }, index) => {
      const after = all.slice(index + 1).filter((other) => shareBranch(other.lostTo, lostTo));
      return [id, { lostTo, undoes, after }];
    }),
  );
}

function shareBranch(some: Choices, others: Choices): boolean {
  return Object.entries(some).some(([choice, end]) => others[choice] === end);
}

/**
 * The choices that may give up what holds the task, at any depth, by the ends that these look at. Whoever is such an
 * end itself has won when it is done.
 */
function lostWith(id: string, listing: Listing, forks: Forks): Choices {
  const around: string[] = [];
  for (let fork = forks.get(id); fork !== undefined; fork = forks.get(fork)) around.push(fork);
  const held = [id, ...around].flatMap((each) => {
    const place = listing.byId.get(each);
    return place === undefined ? [] : Object.entries(choicesOver(place, listing, forks));
  });

  return Object.fromEntries(held.filter(([, end]) => end !== '' && end !== id));
}

function branchAround(id: string, { byId }: Listing, forks: Forks): readonly Task[] {
  const fork = byId.get(forks.get(id) ?? '')?.task;
  const branches = fork?.type === 'FORK' ? (fork.branches ?? []) : [];

  return branches.find((branch) => branch.some((task) => task.id === id)) ?? [];
}

/** Whether the choice is made outside of the FORK in whose branch the task stands. */
function isOutside(id: string, { branch }: Listed, forks: Forks): boolean {
  const fork = forks.get(id);

  return fork !== undefined && branch?.of !== fork;
}

type Tasks = RunState['tasks'];

/** Whether the choice gives up what it undoes. */
export function isLostTo({ lostTo, undoes }: Losable, choice: string, tasks: Tasks): boolean {
  const end = lostTo[choice];

  return end !== undefined && !isDone(tasks[end]) && undoesSome(undoes, tasks);
}

/** Whether it is its turn: nothing that was done later in the branch is still to be undone. */
export function isNextToRetreat({ after }: Retreat, tasks: Tasks, choice = ''): boolean {
  // It may hear of the choice before one whose turn is first does.
  const isLost = (other: Earlier, { state }: TaskState) =>
    state === 'standby' && isLostTo(other, choice, tasks);

  return after.every((other) => {
    const task = tasks[other.id];

    return (
      task === undefined || !undoesSome(other.undoes, tasks) || (isSettled(task) && !isLost(other, task))
    );
  });
}

/** Whether what it undoes is done. */
export function undoesSome(undoes: readonly string[], tasks: Tasks): boolean {
  return undoes.some((id) => isUndoableIn(tasks, id));
}

function isUndoableIn(tasks: Tasks, id: string): boolean {
  const task = tasks[id];

  return task !== undefined && isUndoable(task);
}

/** Whether it was undoing a branch that was given up when the run, or what it is inside of, ended. */
export function isCutOff(task: TaskState): boolean {
  return task.isRetreat === true && (task.state === 'cancelled' || !isSettled(task));
}

function isDone(task: TaskState | undefined): boolean {
  return task !== undefined && isCompleted(task);
}
