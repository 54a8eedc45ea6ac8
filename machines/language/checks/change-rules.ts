import type { Finding } from '../finding.ts';
import { askedAgainBy } from '../graph/asked-again.ts';
import { insideOf } from '../graph/task-graph.ts';
import type { Outline, TaskGraph, TaskSite } from '../outline.ts';

/** What is done again for a change leads to the approval that asks for it, and nothing of it is undone by halves. */
export function checkChanges({ sites, graph }: Outline): readonly Finding[] {
  return sites.flatMap((site): readonly Finding[] => {
    const { task, path, list } = site;
    if (task.type !== 'HUMAN' || task.onChange === undefined) return [];
    const first = graph.sites.get(task.onChange.task);
    // That it does not exist, or stands elsewhere, is told with all other names of tasks.
    if (first === undefined || first.list !== list || first === site) return [];
    const again = askedAgainBy(graph, site);
    const place = [...path, 'on_change'];
    if (!task.waitForApproval) {
      const message = 'with wait_for_approval: false nobody is asked, so nobody asks for a change';
      return [{ code: 'definition.useless-key', severity: 'warning', message, path: place }];
    }
    if (!again.has(task.id)) {
      const message = `"${task.id}" does not follow from "${first.task.id}": a change would never come back to it; let it wait for it, with depends_on`;
      return [{ code: 'definition.change-astray', message, path: place }];
    }
    const undone = [...again].flatMap((id) => compensatedIn(graph, id))[0];
    if (undone === undefined) return [];
    const message = `"${undone}" would be done again and undone once: "compensate" does not go with what a change repeats`;

    return [{ code: 'definition.change-undone', message, path: place }];
  });
}

/** The tasks with a compensation: the task itself, and those inside of it. */
function compensatedIn(graph: TaskGraph, id: string): readonly string[] {
  const { task } = graph.sites.get(id) ?? ({} as Partial<TaskSite>);
  if (task === undefined) return [];

  return [
    ...(task.compensate === undefined ? [] : [id]),
    ...insideOf(task).flatMap((inner) => compensatedIn(graph, inner)),
  ];
}
