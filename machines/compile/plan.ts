import type { Definition } from '../definition.ts';
import type { Task } from '../task.ts';

/** Who may start a routed task: a DECISION that names it in a case, or a task that names it as its fallback. */
export type Router = { readonly id: string; readonly kind: 'decision' | 'fallback' };

/** What the chart needs to know of a task's place among the others. */
export type Place = { readonly task: Task; readonly routers: readonly Router[] };

/** Finds the routers of every task, in the order of the definition. */
export function planOf(definition: Definition): ReadonlyMap<string, Place> {
  const routers = new Map<string, Router[]>(definition.tasks.map((task) => [task.id, []]));
  for (const task of definition.tasks) {
    for (const id of routedBy(task)) routers.get(id)?.push({ id: task.id, kind: 'decision' });
    for (const id of task.fallback) routers.get(id)?.push({ id: task.id, kind: 'fallback' });
  }

  return new Map(definition.tasks.map((task) => [task.id, { task, routers: routers.get(task.id) ?? [] }]));
}

function routedBy(task: Task): ReadonlySet<string> {
  if (task.type !== 'DECISION') return new Set();

  return new Set([...task.cases.flatMap((each) => each.next), ...(task.defaultNext ?? [])]);
}
