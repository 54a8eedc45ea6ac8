import type { TaskGraph, TaskSite } from '../outline.ts';

/** The names that an expression under a key of a task knows besides those known everywhere, such as `item`. */
export function namesInScope(site: TaskSite, key: string, graph: TaskGraph): ReadonlySet<string> {
  return new Set([...namesAround(site, graph), ...namesOfKey(site, key)]);
}

function namesOfKey(site: TaskSite, key: string): readonly string[] {
  if (key === 'output') return ['result'];
  if (key === 'match') return ['signal', 'event'];

  return key === 'loop_condition' ? loopNames(site) : [];
}

/** What the bodies around a task add: `item` and `index` of an iteration over items, `loop` of a loop. */
function namesAround(site: TaskSite, graph: TaskGraph): readonly string[] {
  const { kind, container: id, itemName = 'item' } = site.list;
  const container = id === undefined ? undefined : graph.sites.get(id);
  if (container === undefined || container === site) return [];
  const own = kind === 'items' ? [itemName, 'item', 'index'] : kind === 'loop' ? loopNames(container) : [];

  return [...own, ...namesAround(container, graph)];
}

function loopNames({ task }: TaskSite): readonly string[] {
  return task.type === 'DO_WHILE' && task.items !== undefined ? ['loop', 'item', 'index'] : ['loop'];
}
