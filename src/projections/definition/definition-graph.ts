import type { TaskPlace } from '../../../machines/chart/plan.ts';
import type { Definition } from '../../../machines/definition.ts';
import type { Task } from '../../../machines/task.ts';
import type { Graph, GraphEdge, GraphNode } from '../../api/run-parts.ts';
import type { LayoutBox, Placed } from '../../ports/layout.ts';
import { shownType } from '../task/shown-type.ts';
import { placesOf } from '../task/task-order.ts';

type GraphBox = LayoutBox & Pick<GraphNode, 'name' | 'type' | 'isInitial' | 'task'>;
type GraphLink = Omit<GraphEdge, 'points' | 'isTaken' | 'evidence'>;

/** Boxes, those of a group inside of it, and what leads from one to another. */
export type UnplacedGraph = { readonly boxes: readonly GraphBox[]; readonly lines: readonly GraphLink[] };

/** The tasks of a definition, those in a FORK or a loop inside of it. */
export function definitionGraph(definition: Definition): UnplacedGraph {
  const places = placesOf(definition);
  const boxes = [...places].map(([id, place]) => boxOf(id, place));
  const parents = new Map(boxes.map(({ id, parent }) => [id, parent]));
  const lines = new Map<string, GraphLink>();
  for (const line of [...places.values()].flatMap(linesOf)) {
    // A line from a group to what stands in it would say what is seen anyway.
    if (!places.has(line.from) || !places.has(line.to) || isAround(parents, line)) continue;
    const key = `${line.from}>${line.to}`;
    const known = lines.get(key);
    // That a task is chosen says more than that it follows.
    if (known === undefined || known.kind === 'needs') lines.set(key, line);
    else if (line.kind !== 'needs') lines.set(line.id, line);
  }

  return { boxes, lines: [...lines.values()] };
}

/** The graph with everything in its place. `lines` tells where each task begins in the text, from 1. */
export function placedGraph(
  { boxes, lines }: UnplacedGraph,
  placed: Placed,
  textLines: ReadonlyMap<string, number> = new Map(),
): Graph {
  return {
    width: placed.width,
    height: placed.height,
    nodes: boxes.map((box) => {
      const line = textLines.get(box.task ?? box.id);
      const place = placed.boxes.get(box.id) ?? { x: 0, y: 0 };
      return { ...box, ...place, ...(line === undefined ? {} : { line }) };
    }),
    edges: lines.map((line) => ({ ...line, points: [...(placed.lines.get(line.id) ?? [])] })),
  };
}

/** The absolute corner of a box, in pixels: places count from the corner of the group. */
export function cornerOf(
  { parent, x, y }: GraphNode,
  nodes: ReadonlyMap<string, GraphNode>,
): { readonly x: number; readonly y: number } {
  const around = nodes.get(parent ?? '');
  const corner = around === undefined ? { x: 0, y: 0 } : cornerOf(around, nodes);

  return { x: x + corner.x, y: y + corner.y };
}

const boxHeight = 44;
const widthMin = 96;
const widthMax = 280;
const characterWidth = 8.4;
const aroundText = 48;

function boxOf(id: string, { task, branch, owner }: TaskPlace): GraphBox {
  const name = task.type === 'SUB_WORKFLOW' && id.includes('/') ? task.workflow : task.name;
  const parent = branch?.of ?? owner;

  return {
    id,
    type: shownType(task),
    ...(name === undefined ? {} : { name }),
    ...(parent === undefined ? {} : { parent }),
    ...boxSize(name ?? id, task.type),
  };
}

/** As much as its name and its type need, within limits. */
export function boxSize(name: string, type: string): Pick<LayoutBox, 'width' | 'height'> {
  const text = Math.max(name.length, type.length + 2);

  return {
    width: Math.round(Math.min(widthMax, Math.max(widthMin, text * characterWidth + aroundText))),
    height: boxHeight,
  };
}

function linesOf({ task, branch }: TaskPlace): readonly GraphLink[] {
  const { id: to, when } = task;
  const before = branch?.after.at(-1);
  const joined = task.type === 'JOIN' ? task.joinOn : [];
  const needs = new Set([...task.dependsOn, ...joined, ...(before === undefined ? [] : [before])]);
  const ways = [
    ...[...needs].map((from) => link({ from, to, kind: 'needs', label: when })),
    ...(task.type === 'DECISION' ? casesOf(task) : []),
    ...task.catch.map(({ errors, next }) =>
      link({
        from: to,
        to: next,
        kind: 'catch',
        label: errors.length === 0 ? 'any error' : errors.join(', '),
      }),
    ),
    ...task.fallback.map((next) => link({ from: to, to: next, kind: 'fallback', label: undefined })),
  ];
  if (task.compensate === undefined) return ways;

  return [...ways, link({ from: to, to: task.compensate, kind: 'undo', label: undefined })];
}

function casesOf({ id, cases, defaultNext = [] }: Extract<Task, { type: 'DECISION' }>): readonly GraphLink[] {
  const chosen = cases.flatMap(({ value, condition, next }) =>
    next.map((to) =>
      link({
        from: id,
        to,
        kind: 'case',
        label: condition === undefined ? value : `${value} if ${condition}`,
      }),
    ),
  );

  return [...chosen, ...defaultNext.map((to) => link({ from: id, to, kind: 'case', label: 'default' }))];
}

type Link = Pick<GraphLink, 'from' | 'to' | 'kind'> & { readonly label: string | undefined };

function link({ from, to, kind, label }: Link): GraphLink {
  const id = `${kind} ${from} ${to}${kind === 'case' ? ` ${label ?? ''}` : ''}`;

  return { id, from, to, kind, ...(label === undefined ? {} : { label }) };
}

function isAround(parents: ReadonlyMap<string, string | undefined>, { from, to }: GraphLink): boolean {
  const around = (id: string): readonly string[] => {
    const parent = parents.get(id);
    return parent === undefined ? [] : [parent, ...around(parent)];
  };

  return from === to || around(to).includes(from) || around(from).includes(to);
}
