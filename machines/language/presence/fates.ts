import type { Task } from '../../task.ts';
import { insideOf } from '../graph/task-graph.ts';
import type { TaskGraph, TaskSite } from '../outline.ts';

/** What became of a task. `empty`: completed with errors, without output. `replaced`: its fallback stands in. */
export type Fate = 'completed' | 'empty' | 'replaced' | 'caught' | 'failed' | 'skipped' | 'pending';

type Failure = { readonly outcome: Fate; readonly reason: string; readonly caughtBy?: string };

/** The ways in which a task may fail that do not end the run. */
export function failuresOf(graph: TaskGraph, { task, list }: TaskSite): readonly Failure[] {
  const caught = task.catch.map(
    ({ next }): Failure => ({
      outcome: 'caught',
      reason: `it failed, and its catch goes on with "${next}"`,
      caughtBy: next,
    }),
  );
  // What only evaluates fails with its expressions, and who catches that says what follows.
  if (!mayFail(task)) return caught.filter((_each, index) => catchesExpressions(task.catch[index]));
  if (task.catch.some(({ errors }) => errors.includes('*'))) return caught;
  const fork = list.kind === 'branch' ? graph.sites.get(list.container ?? '')?.task : undefined;
  const tolerated =
    fork?.type === 'FORK' && fork.tolerateFailures !== undefined && fork.tolerateFailures !== 0;

  return [
    ...caught,
    ...(task.fallback.length > 0
      ? [{ outcome: 'replaced' as const, reason: 'it failed, and its fallback stands in' }]
      : []),
    ...(task.optional && task.fallback.length === 0
      ? [{ outcome: 'empty' as const, reason: 'it failed, which "optional" allows' }]
      : []),
    ...(tolerated && !task.optional && task.fallback.length === 0
      ? [{ outcome: 'failed' as const, reason: 'it failed, which "tolerate_failures" allows' }]
      : []),
  ];
}

function mayFail(task: Task): boolean {
  switch (task.type) {
    case 'SIMPLE':
    case 'HTTP':
    case 'EVENT':
    case 'SUB_WORKFLOW':
    case 'FORK':
    case 'DO_WHILE':
      return true;
    case 'HUMAN':
      return (
        task.waitForApproval &&
        (task.onReject === 'fail' || (task.timeoutMs !== undefined && task.onTimeout === 'fail'))
      );
    case 'WAIT':
      return task.timeoutMs !== undefined && task.onTimeout === 'fail';
    default:
      return false;
  }
}

/** All tasks that are settled when one begins. `awaited` says for what a task waits that does not wait for all. */
export function settledBefore(
  graph: TaskGraph,
  task: string,
  awaited: (id: string) => readonly string[],
): ReadonlySet<string> {
  const links = (id: string): readonly string[] => {
    const site = graph.sites.get(id);
    if (site === undefined) return [];
    const dependencies = graph.dependencies(id);
    const { join } = site.task;
    const waitsForAll =
      join === 'all' || join === 'all_done' || dependencies.length < 2 || join === dependencies.length;
    const routers = graph.routers(id).flatMap((router) => (router.kind === 'compensate' ? [] : [router.id]));
    const around = site.list.container === undefined ? [] : links(site.list.container);

    return [...(waitsForAll ? dependencies : awaited(id)), ...routers, ...around];
  };
  const found = new Set<string>(links(task));
  // Grows while it is walked: a Set visits what is added on the way.
  for (const id of found) {
    for (const each of insideOf(graph.sites.get(id)?.task)) found.add(each);
    for (const each of links(id)) found.add(each);
  }

  return found;
}

/** The tasks that have completed whenever one begins: those without which it would not begin. */
export function doneBefore(graph: TaskGraph, task: string): ReadonlySet<string> {
  const links = (id: string): readonly string[] => {
    const site = graph.sites.get(id);
    if (site === undefined) return [];
    const dependencies = graph.dependencies(id);
    const needsAll = neededOf(site.task.join) >= dependencies.length && site.list.kind !== 'branch';
    const routers = graph.routers(id);
    const [router] = routers;
    const decision = routers.length === 1 && router?.kind === 'decision' ? [router.id] : [];
    const around = site.list.container === undefined ? [] : links(site.list.container);

    return [...(needsAll ? dependencies : []), ...decision, ...around];
  };
  const reached = new Set<string>(links(task));
  // Grows while it is walked: a Set visits what is added on the way.
  for (const id of reached) for (const each of links(id)) reached.add(each);

  return reached;
}

/** Whether a task that has completed has its output, and not that of another. */
export function keepsOutput(graph: TaskGraph, id: string): boolean {
  const site = graph.sites.get(id);

  return (
    site !== undefined &&
    failuresOf(graph, site).every(({ outcome }) => outcome === 'caught' || outcome === 'failed')
  );
}

/** How many dependencies have to complete. */
function neededOf(join: Task['join']): number {
  if (typeof join === 'number') return join;

  return join === 'all_done' ? 0 : 1;
}

/** The tasks that complete with an output in every run that gets to them. */
export function firmTasks(graph: TaskGraph): ReadonlySet<string> {
  const firm = new Set<string>();
  const begun = new Set<string>();
  // What is inside of others may come before what these wait for: a second look finds it.
  for (const id of [...graph.order, ...graph.order]) {
    const site = graph.sites.get(id);
    if (site === undefined || firm.has(id) || !beginsAlways(graph, site, { firm, begun })) continue;
    begun.add(id);
    if (site.task.type !== 'TERMINATE' && failuresOf(graph, site).length === 0) firm.add(id);
  }

  return firm;
}

type Known = { readonly firm: ReadonlySet<string>; readonly begun: ReadonlySet<string> };

function beginsAlways(graph: TaskGraph, { task, list }: TaskSite, { firm, begun }: Known): boolean {
  if (task.when !== undefined || list.kind === 'steps' || graph.routers(task.id).length > 0) return false;
  if (list.container !== undefined && !begun.has(list.container)) return false;
  const dependencies = graph.dependencies(task.id);
  const needed = neededOf(task.join);

  return dependencies.length === 0 || dependencies.filter((id) => firm.has(id)).length >= needed;
}

/** Whether the definition says what follows when an expression of the task fails, such as one that reads in vain. */
export function isPreparedToFail({ optional, fallback, catch: clauses }: Task): boolean {
  return optional || fallback.length > 0 || clauses.some(catchesExpressions);
}

function catchesExpressions(clause: Task['catch'][number] | undefined): boolean {
  return clause?.errors.some((code) => code === '*' || code === 'expression.failed') === true;
}
