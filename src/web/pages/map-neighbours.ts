import type { DependencyMap } from '../../api/insights.ts';

type Node = DependencyMap['nodes'][number];
type Edge = DependencyMap['edges'][number];

/** The nodes that one leads to or comes from, in one line, and itself. */
export function neighboursOf(edges: readonly Edge[], id: string): ReadonlySet<string> {
  const beside = edges.flatMap(({ from, to }) => (from === id ? [to] : to === id ? [from] : []));

  return new Set([id, ...beside]);
}

/** Everything that lies behind a node: what it starts, calls, emits and so on, and what that does. Without itself. */
export function behind(edges: readonly Edge[], id: string): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [id];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const { from, to } of edges) {
      if (from !== at || to === id || found.has(to)) continue;
      found.add(to);
      open.push(to);
    }
  }

  return found;
}

/** Who relies on a node: it would be missed there if it were paused. Without itself. */
export function reliers(edges: readonly Edge[], id: string): ReadonlySet<string> {
  const turned = edges.map(({ from, to, kind }) => ({ from: to, to: from, kind }));

  return behind(turned, id);
}

/** What would be touched if a node were paused or changed, in a sentence. */
export function blastText({ nodes, edges }: Pick<DependencyMap, 'nodes' | 'edges'>, id: string): string {
  const node = nodes.find((one) => one.id === id);
  if (node === undefined) return '';
  // Who uses an agent, or is started by an event, stands before it in the map or behind it.
  const touched = new Set([...behind(edges, id), ...(isUsed(node) ? reliers(edges, id) : [])]);
  const definitions = nodes.filter((one) => touched.has(one.id) && one.kind === 'definition');
  const running = definitions.reduce((sum, one) => sum + one.running, 0);
  if (definitions.length === 0) return `If ${node.name} stopped, no other definition would be touched.`;
  const names = definitions.map(({ name }) => name).join(', ');

  return `If ${node.name} stopped, ${counted(definitions.length)} would be touched: ${names}, with ${running} ${running === 1 ? 'run' : 'runs'} under way.`;
}

/** An edge in words: `orders calls payment`. */
export function edgeText({ nodes }: Pick<DependencyMap, 'nodes'>, { from, to, kind }: Edge): string {
  const name = (id: string) => nodes.find((node) => node.id === id)?.name ?? id;

  return `${name(from)} ${kind} ${name(to)}`;
}

function isUsed({ kind }: Node): boolean {
  return kind === 'agent' || kind === 'definition';
}

function counted(count: number): string {
  return count === 1 ? 'one definition' : `${count} definitions`;
}
