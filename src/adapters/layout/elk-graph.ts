import type { Layout, LayoutBox, Placed } from '../../ports/layout.ts';

type Graph = Parameters<Layout['place']>[0];
type Point = { readonly x: number; readonly y: number };
type ElkNode = {
  readonly id: string;
  readonly width?: number;
  readonly height?: number;
  readonly children?: readonly ElkNode[];
  readonly layoutOptions?: Readonly<Record<string, string>>;
};

/** A graph as elk gives it back. */
export type PlacedElk = {
  readonly id: string;
  readonly x?: number;
  readonly y?: number;
  readonly width?: number;
  readonly height?: number;
  readonly children?: readonly PlacedElk[];
  readonly edges?: readonly {
    readonly id: string;
    readonly sections?: readonly {
      readonly startPoint: Point;
      readonly endPoint: Point;
      readonly bendPoints?: readonly Point[];
    }[];
  }[];
};

/** The graph as elk takes it: the boxes in their groups, and all lines at the top, so that they cross the groups. */
export function elkGraph({ boxes, lines, direction }: Graph): object {
  const known = new Set(boxes.map(({ id }) => id));
  const inside = new Map<string | undefined, LayoutBox[]>();
  for (const box of boxes) {
    const group = box.parent !== undefined && known.has(box.parent) ? box.parent : undefined;
    inside.set(group, [...(inside.get(group) ?? []), box]);
  }

  return {
    id: ' ',
    layoutOptions: options(direction, { boxes: boxes.length, hasGroups: inside.size > 1 }),
    children: nodesOf(inside, undefined),
    edges: lines
      .filter(({ from, to }) => known.has(from) && known.has(to))
      .map(({ id, from, to, label }) => ({ id, sources: [from], targets: [to], labels: labelsOf(label) })),
  };
}

/** Wide enough for the small letters of the page; what is longer is cut short there. */
const characterWidth = 7;
const aroundLabel = 16;
const labelMax = 200;

/** A label stands on its line, which is made longer by as much. */
function labelsOf(label: string | undefined): readonly object[] {
  if (label === undefined || label === '') return [];
  const width = Math.min(labelMax, label.length * characterWidth + aroundLabel);

  return [{ text: label, width, height: 24, layoutOptions: { 'elk.edgeLabels.inline': 'true' } }];
}

type Inside = ReadonlyMap<string | undefined, readonly LayoutBox[]>;

function nodesOf(inside: Inside, parent: string | undefined): readonly ElkNode[] {
  return (inside.get(parent) ?? []).map((box) => {
    const children = nodesOf(inside, box.id);
    if (children.length === 0) return { id: box.id, width: box.width, height: box.height };

    return { id: box.id, children, layoutOptions: groupOptions(box) };
  });
}

type Extent = { readonly boxes: number; readonly hasGroups: boolean };

/** So many boxes are looked at as often as elk thinks best; of more, the first good order is taken. */
const thoroughMax = 40;
/** Of more than these, each is put where there is room: what is best of all takes too long. */
const carefulMax = 200;

function options(
  direction: Graph['direction'],
  { boxes, hasGroups }: Extent,
): Readonly<Record<string, string>> {
  return {
    // Lines that cross the border of a group cost twice the time, whether or not there are any.
    ...(hasGroups ? { 'elk.hierarchyHandling': 'INCLUDE_CHILDREN' } : {}),
    ...(boxes > thoroughMax ? { 'elk.layered.thoroughness': '2' } : {}),
    ...(boxes > carefulMax ? { 'elk.layered.nodePlacement.strategy': 'SIMPLE' } : {}),
    'elk.algorithm': 'layered',
    'elk.direction': direction === 'right' ? 'RIGHT' : 'DOWN',
    'elk.edgeRouting': 'ORTHOGONAL',
    'elk.json.edgeCoords': 'ROOT',
    'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
    'elk.layered.spacing.nodeNodeBetweenLayers': '44',
    'elk.spacing.nodeNode': '24',
    'elk.spacing.edgeNode': '16',
    'elk.padding': padding(16),
    'elk.randomSeed': '1',
  };
}

/** The name of a group stands at its top: its height is that of a box, and is left free. */
function groupOptions({ width, height }: LayoutBox): Readonly<Record<string, string>> {
  return {
    'elk.padding': padding(height + 8),
    'elk.nodeSize.constraints': 'MINIMUM_SIZE',
    'elk.nodeSize.minimum': `(${width},${height})`,
  };
}

function padding(top: number): string {
  return `[top=${top},left=16,bottom=16,right=16]`;
}

/** The picture that elk drew. */
export function placedOf(root: PlacedElk): Placed {
  const boxes = new Map<string, Point & { readonly width: number; readonly height: number }>();
  const collect = ({ children = [] }: PlacedElk): void => {
    for (const child of children) {
      const { id, x = 0, y = 0, width = 0, height = 0 } = child;
      boxes.set(id, { x: Math.round(x), y: Math.round(y), width, height });
      collect(child);
    }
  };
  collect(root);
  const lines = (root.edges ?? []).map(({ id, sections = [] }) => {
    const points = sections.flatMap(({ startPoint, bendPoints = [], endPoint }) => [
      startPoint,
      ...bendPoints,
      endPoint,
    ]);
    return [id, points.map(({ x, y }) => ({ x: Math.round(x), y: Math.round(y) }))] as const;
  });

  return {
    width: Math.ceil(root.width ?? 0),
    height: Math.ceil(root.height ?? 0),
    boxes,
    lines: new Map(lines),
  };
}
