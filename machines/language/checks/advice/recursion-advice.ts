import type { Finding } from '../../finding.ts';
import type { Outline, TaskGraph, TaskSite } from '../../outline.ts';

/** A workflow that starts itself has to decide at some point not to. */
export function adviseRecursion({ definition, sites, graph }: Outline): readonly Finding[] {
  return sites.flatMap((site): readonly Finding[] => {
    const { task } = site;
    // A FORK over items is not asked: over an empty list it starts nothing.
    if (task.type !== 'SUB_WORKFLOW' || task.workflow.split('@')[0] !== definition.id) return [];
    if (isDecided(graph, site, new Set())) return [];
    const message = `"${definition.id}" starts itself here, every time and without end; add when, or route to it by a DECISION`;

    return [
      {
        code: 'definition.endless-recursion',
        severity: 'warning',
        message,
        path: [...site.path, 'workflow'],
      },
    ];
  });
}

function isDecided(graph: TaskGraph, { task, list }: TaskSite, seen: Set<string>): boolean {
  if (seen.has(task.id)) return false;
  seen.add(task.id);
  if (task.when !== undefined || list.kind === 'items' || graph.routers(task.id).length > 0) return true;
  const before = [...graph.dependencies(task.id), ...(list.container === undefined ? [] : [list.container])];

  return before.some((id) => {
    const site = graph.sites.get(id);
    return site !== undefined && isDecided(graph, site, seen);
  });
}
