import type { Definition } from '../../definition.ts';
import type { Task } from '../../task.ts';
import type { OutlineRouter, TaskGraph, TaskList, TaskSite } from '../outline.ts';

export function taskGraph(all: readonly TaskSite[]): TaskGraph {
  const sites = new Map<string, TaskSite>();
  for (const site of all) if (!sites.has(site.task.id)) sites.set(site.task.id, site);
  const routers = routersOf(sites);
  const dependencies = (id: string): readonly string[] =>
    (sites.get(id)?.task.dependsOn ?? []).filter((each) => sites.has(each));
  const parents = (id: string): readonly string[] => [
    ...dependencies(id),
    ...(routers.get(id) ?? []).map((router) => router.id),
  ];

  return {
    sites,
    dependencies,
    routers: (id) => routers.get(id) ?? [],
    order: inOrder([...sites.keys()], parents),
    precedes: (first, second) =>
      // Most expressions read a task that is waited for directly, so the long way is rare.
      parents(second).includes(first) || before(second, { sites, parents }).has(first),
    isConditional: (id) =>
      [...containersOf(id, sites), ...before(id, { sites, parents })].some(
        (each) => (routers.get(each) ?? []).length > 0 || sites.get(each)?.task.when !== undefined,
      ),
  };
}

/** The tasks of a definition whose text is not at hand: they stand nowhere and were written in no way. */
export function graphOf({ tasks }: Definition): TaskGraph {
  return taskGraph(sitesIn(tasks, { kind: 'workflow', path: [] }));
}

function sitesIn(tasks: readonly Task[], list: TaskList): readonly TaskSite[] {
  return tasks.flatMap((task) => [{ task, raw: {}, path: [], list }, ...sitesBelow(task)]);
}

function sitesBelow(task: Task): readonly TaskSite[] {
  const below = { path: [], container: task.id };
  if (task.type === 'DO_WHILE') return sitesIn(task.tasks, { ...below, kind: 'loop' });
  if (task.type !== 'FORK') return [];
  const { branches = [], body, as = 'item' } = task;

  return [
    ...branches.flatMap((branch) => sitesIn(branch, { ...below, kind: 'branch' })),
    ...(body !== undefined && 'tasks' in body
      ? sitesIn(body.tasks, { ...below, kind: 'items', itemName: as })
      : []),
  ];
}

/** A task and all that it stands in, innermost first. */
function containersOf(id: string, sites: ReadonlyMap<string, TaskSite>): readonly string[] {
  const container = sites.get(id)?.list.container;

  return container === undefined || container === id ? [id] : [id, ...containersOf(container, sites)];
}

/** The ids of all tasks that may have run before this one starts, those of surrounding lists included. */
function before(
  id: string,
  graph: {
    readonly sites: ReadonlyMap<string, TaskSite>;
    readonly parents: (id: string) => readonly string[];
  },
): ReadonlySet<string> {
  const { sites, parents } = graph;
  const around = (each: string): readonly string[] => {
    const site = sites.get(each);
    // A task of a branch begins after its FORK began, so after everything that the FORK waited for.
    const forks = site === undefined ? [] : forksAround(site, sites);
    return [...parents(each), ...forks.flatMap((fork) => parents(fork.task.id))];
  };
  const found = ancestors(id, around);
  const container = sites.get(id)?.list.container;
  if (container !== undefined && container !== id)
    for (const each of before(container, graph)) found.add(each);
  for (const each of [...found]) for (const inner of insideOf(sites.get(each)?.task)) found.add(inner);

  return found;
}

/** Every task after those it waits for; tasks on a cycle are left out. */
function inOrder(ids: readonly string[], parents: (id: string) => readonly string[]): readonly string[] {
  const waiting = new Map(ids.map((id) => [id, new Set(parents(id)).size]));
  const followers = new Map<string, string[]>();
  for (const id of ids) {
    for (const parent of new Set(parents(id))) {
      const list = followers.get(parent);
      if (list === undefined) followers.set(parent, [id]);
      else list.push(id);
    }
  }
  const order = ids.filter((id) => waiting.get(id) === 0);
  for (const id of order) {
    for (const follower of followers.get(id) ?? []) {
      const left = (waiting.get(follower) ?? 0) - 1;
      waiting.set(follower, left);
      // The list grows while it is walked: that is the queue.
      if (left === 0) order.push(follower);
    }
  }

  return order;
}

/** The tasks inside a task whose results can be read from outside: not those that run once for every item. */
export function insideOf(task: Task | undefined): readonly string[] {
  if (task?.type === 'DO_WHILE') return task.tasks.flatMap((each) => [each.id, ...insideOf(each)]);
  if (task?.type !== 'FORK') return [];

  return (task.branches ?? []).flat().flatMap((each) => [each.id, ...insideOf(each)]);
}

/** The tasks a decision names, each with the cases that name it. The default is the case "". */
function routesOf(task: Task): ReadonlyMap<string, ReadonlySet<string>> {
  const routes = new Map<string, Set<string>>();
  if (task.type !== 'DECISION') return routes;
  const cases = [...task.cases, { value: '', next: task.defaultNext ?? [] }];
  for (const { value, next } of cases) {
    for (const id of next) routes.set(id, (routes.get(id) ?? new Set()).add(value));
  }

  return routes;
}

function routersOf(sites: ReadonlyMap<string, TaskSite>): ReadonlyMap<string, readonly OutlineRouter[]> {
  const routers = new Map<string, OutlineRouter[]>();
  const add = (target: string, router: OutlineRouter) => {
    if (sites.has(target)) routers.set(target, [...(routers.get(target) ?? []), router]);
  };
  for (const { task } of sites.values()) {
    for (const [target, cases] of routesOf(task)) add(target, { id: task.id, kind: 'decision', cases });
    const none: ReadonlySet<string> = new Set();
    for (const target of task.fallback) add(target, { id: task.id, kind: 'fallback', cases: none });
    for (const { next } of task.catch) add(next, { id: task.id, kind: 'catch', cases: none });
    if (task.compensate !== undefined) add(task.compensate, { id: task.id, kind: 'compensate', cases: none });
  }

  return routers;
}

function ancestors(id: string, parents: (id: string) => readonly string[]): Set<string> {
  const found = new Set<string>();
  const open = [...parents(id)];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    open.push(...parents(next));
  }

  return found;
}

type Sites = ReadonlyMap<string, TaskSite>;

/** The lists around a list, itself first, as far as their tasks stand beside each other when they are carried out. */
export function listsBeside(list: TaskList, sites: Sites): readonly TaskList[] {
  const around: TaskList[] = [];
  let next: TaskList | undefined = list;
  while (next !== undefined && !around.includes(next)) {
    around.push(next);
    // The tasks of a branch stand beside the FORK; a body runs once for every item or iteration.
    next = next.kind === 'branch' ? sites.get(next.container ?? '')?.list : undefined;
  }

  return around;
}

/** The FORKs in whose branches a task stands, the innermost first. */
function forksAround({ list }: TaskSite, sites: Sites): readonly TaskSite[] {
  return listsBeside(list, sites).flatMap(({ kind, container }) => {
    const fork = kind === 'branch' ? sites.get(container ?? '') : undefined;
    return fork === undefined ? [] : [fork];
  });
}

/** The task in `list`, or beside it, that another task is somewhere inside of. */
export function holderIn(list: TaskList, inner: TaskSite, sites: Sites): TaskSite | undefined {
  const seen = new Set<TaskList>();
  let at: TaskSite | undefined = inner;
  while (at !== undefined && !seen.has(at.list)) {
    if (at.list === list) return at === inner ? undefined : at;
    seen.add(at.list);
    at = sites.get(at.list.container ?? '');
  }

  return undefined;
}
