import type { TaskGraph, TaskSite } from '../outline.ts';

const known = new WeakMap<TaskGraph, ReadonlySet<string>>();

/** Whether a change that some approval asks for has the task done again. */
export function isAskedAgain(graph: TaskGraph, id: string): boolean {
  const found =
    known.get(graph) ?? new Set([...graph.sites.values()].flatMap((site) => [...askedAgainBy(graph, site)]));
  known.set(graph, found);

  return found.has(id);
}

/** What is done again when an approval asks for a change: the task that it names, and all that follows from that. */
export function askedAgainBy(graph: TaskGraph, { task }: TaskSite): ReadonlySet<string> {
  const found = new Set<string>(
    task.type === 'HUMAN' && task.onChange !== undefined ? [task.onChange.task] : [],
  );
  if (found.size === 0) return found;
  const sites = [...graph.sites.values()];
  // Grows during the loop: a Set visits elements that are added meanwhile.
  for (const each of found) for (const site of sites) if (follows(graph, site, each)) found.add(site.task.id);

  return found;
}

function follows(graph: TaskGraph, { task: { id }, list }: TaskSite, other: string): boolean {
  return (
    graph.dependencies(id).includes(other) ||
    graph.routers(id).some((router) => router.kind !== 'compensate' && router.id === other) ||
    (list.kind === 'branch' && list.container === other)
  );
}
