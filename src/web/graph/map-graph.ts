import type { Graph, GraphEdge, GraphNode } from '../../api/run-parts.ts';
import { type Hue, statusLook } from '../parts/status/status-look.ts';

/** A box with what is drawn of it; inside of a group its place counts from the corner of the group. */
export type DrawnNode = GraphNode & {
  readonly hue: Hue;
  readonly isGroup: boolean;
  readonly isCurrent: boolean;
  /** The run came to it: to a task that is not pending, or to any state that has a status. */
  readonly isReached: boolean;
  /** What a screen reader says. */
  readonly label: string;
};
export type DrawnEdge = GraphEdge & { readonly look: 'taken' | 'faint' | 'plain'; readonly text: string };
const current: ReadonlySet<string> = new Set(['IN_PROGRESS', 'RETRYING', 'WAITING', 'PENDING_APPROVAL']);

/** Boxes, groups before what stands in them; a box whose group does not exist stands by itself. */
export function drawnNodes(graph: Pick<Graph, 'nodes'>): readonly DrawnNode[] {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const parents = new Set(graph.nodes.map(({ parent }) => parent));

  return graph.nodes
    .map((node) => ({ node: known(node, byId), depth: depthOf(node, byId) }))
    .sort((a, b) => a.depth - b.depth)
    .map(({ node }) => ({
      ...node,
      hue: statusLook(node.status ?? '').hue,
      isGroup: parents.has(node.id),
      isCurrent: current.has(node.status ?? ''),
      isReached: node.status !== undefined && (node.status !== 'PENDING' || isInnermostState(node, parents)),
      label: labelOf(node),
    }));
}

function isInnermostState({ id, isInitial }: GraphNode, parents: ReadonlySet<string | undefined>): boolean {
  return isInitial !== undefined && !parents.has(id);
}

/** Lines between boxes that exist: the way that was taken stands out once a run is shown. */
export function drawnEdges(graph: Pick<Graph, 'nodes' | 'edges'>): readonly DrawnEdge[] {
  const ids = new Set(graph.nodes.map(({ id }) => id));

  return graph.edges
    .filter(({ from, to }) => ids.has(from) && ids.has(to))
    .map((edge) => ({
      ...edge,
      look: edge.isTaken === undefined ? 'plain' : edge.isTaken ? 'taken' : 'faint',
      text: [edge.label ?? kindLabel(edge.kind), edge.evidence].filter(Boolean).join(' · '),
    }));
}

/** A line through its corners as the path of an SVG, each corner a little round. */
export function roundedPath(points: readonly { readonly x: number; readonly y: number }[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  const parts = [`M${first.x},${first.y}`];
  for (const [index, point] of rest.entries()) {
    const next = rest[index + 1];
    if (next === undefined) parts.push(`L${point.x},${point.y}`);
    else parts.push(corner(points[index] ?? first, { point, next }));
  }

  return parts.join(' ');
}

type Point = { readonly x: number; readonly y: number };

function corner(before: Point, { point, next }: { readonly point: Point; readonly next: Point }): string {
  const radius = Math.min(6, distance(before, point) / 2, distance(point, next) / 2);
  const into = towards(point, { to: before, by: radius });
  const out = towards(point, { to: next, by: radius });

  return `L${into.x},${into.y} Q${point.x},${point.y} ${out.x},${out.y}`;
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function towards(from: Point, { to, by }: { readonly to: Point; readonly by: number }): Point {
  const length = distance(from, to);
  const share = length === 0 ? 0 : by / length;

  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

function known(node: GraphNode, byId: ReadonlyMap<string, GraphNode>): GraphNode {
  if (node.parent === undefined || byId.has(node.parent)) return node;
  const { parent: _gone, ...alone } = node;

  return alone;
}

function depthOf(node: GraphNode, byId: ReadonlyMap<string, GraphNode>): number {
  let depth = 0;
  let at = byId.get(node.parent ?? '');
  while (at !== undefined && depth < byId.size) {
    depth += 1;
    at = byId.get(at.parent ?? '');
  }

  return depth;
}

function labelOf({ name, id, type, status, note }: GraphNode): string {
  const words = [name === undefined || name === id ? id : `${name} (${id})`, type, status, note];

  return words.filter((word) => word !== undefined && word !== '').join(', ');
}

function kindLabel(kind: string): string {
  return kind === 'needs' || kind === 'case' ? '' : kind;
}
