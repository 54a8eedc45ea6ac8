import type { Finding } from '../../finding.ts';
import { insideOf } from '../../graph/task-graph.ts';
import type { Outline, TaskSite } from '../../outline.ts';

/** A loop whose condition reads nothing that its body changes ends after the first iteration, or never. */
export function adviseLoops({ sites, readText }: Outline): readonly Finding[] {
  return sites.flatMap((site): readonly Finding[] => {
    const { task, raw, path } = site;
    const text = raw['loop_condition'];
    if (task.type !== 'DO_WHILE' || text === undefined) return [];
    const place = [...path, 'loop_condition'];
    const read = readText({ kind: 'condition', text: String(text) });
    const paths = (read.ok ? read.references : []).map((each) => each.path);
    if (paths.some((each) => changes(each, site, sites))) return [];
    const message = 'the condition reads nothing that the tasks of the loop change, so it never changes';

    return [{ code: 'definition.constant-loop', severity: 'warning', message, path: place }];
  });
}

function changes(path: readonly string[], { task }: TaskSite, sites: readonly TaskSite[]): boolean {
  const [root = '', member, name] = path;
  const inside = new Set([task.id, ...insideOf(task)]);
  if (['loop', 'item', 'index'].includes(root)) return true;
  if (root === 'tasks') return member === undefined || inside.has(member);
  if (root !== 'workflow') return inside.has(root);
  const set = sites.flatMap((site) =>
    site.task.type === 'SET_VARIABLE' && inside.has(site.task.id) ? Object.keys(site.task.variables) : [],
  );

  return member === 'variables' && (name === undefined ? set.length > 0 : set.includes(name));
}
