import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Layout, LayoutBox, Placed } from '../ports/layout.ts';

/** Wide enough for the small letters of the page; what is longer is cut short there. */
const characterWidth = 7;
const aroundLabel = 16;
const labelMax = 200;

/** So many boxes are looked at as often as elk thinks best; of more, the first good order is taken. */
const thoroughMax = 40;
/** Of more than these, each is put where there is room: what is best of all takes too long. */
const carefulMax = 200;

/** There are more boxes than can be placed in time. The reaction: say so, and show no picture. */
class GraphTooLarge extends Error {
  override readonly name = 'GraphTooLarge';
  readonly code = 'graph.too-large';

  constructor(boxes: number) {
    super(`the graph has ${boxes} boxes, more than the ${boxesMax} that are drawn`);
  }
}

/** The graph was not placed within the time there is. The reaction: say so, and show no picture. */
class GraphTooSlow extends Error {
  override readonly name = 'GraphTooSlow';
  readonly code = 'graph.too-large';

  constructor(boxes: number, withinMs: number) {
    super(`the graph of ${boxes} boxes was not drawn within ${withinMs / 1_000} s`);
  }
}

const boxesMax = 500;
const withinMs = 25_000;

/** Places graphs by elk in a thread of its own, begun at once: elk takes longer to begin than to place a graph. */
export function createLayout(): Layout & { close(): Promise<void> } {
  let thread: Promise<ElkThread> | undefined = startThread();
  // Whoever wants a picture is told why there is none.
  thread.catch(() => undefined);
  const drop = async (): Promise<void> => {
    const old = thread;
    thread = undefined;
    await old?.then(
      (each) => each.end(),
      () => undefined,
    );
  };
  let last: Promise<unknown> = Promise.resolve();
  const placeNow = async (graph: Parameters<Layout['place']>[0]): Promise<Placed> => {
    thread ??= startThread();
    try {
      return placedOf(await (await thread).layout(elkGraph(graph), graph.boxes.length));
    } catch (error) {
      await drop();
      throw error;
    }
  };

  return {
    place: (graph) => {
      if (graph.boxes.length > boxesMax) return Promise.reject(new GraphTooLarge(graph.boxes.length));
      // One after another: the time that one may take does not count for those behind it.
      const placed = last.then(() => placeNow(graph));
      last = placed.catch(() => undefined);

      return placed;
    },
    close: drop,
  };
}

type ElkThread = {
  readonly layout: (graph: object, boxes: number) => Promise<PlacedElk>;
  readonly end: () => Promise<void>;
};

async function startThread(): Promise<ElkThread> {
  // The part of elk that computes is written for a web worker: it listens and answers by names of the global object.
  const worker = new Worker(threadText, { eval: true, workerData: { elk: elkPath() } });
  worker.unref();
  let died: Error | undefined;
  // An error that nobody listens for ends the whole process, and pictures are the least that an engine is for.
  worker.on('error', (error) => {
    died = error;
  });

  return {
    layout: (graph, boxes) =>
      died === undefined ? answerOf(worker, graph, boxes) : Promise.reject(notPlaced(died)),
    end: async () => void (await worker.terminate()),
  };
}

function elkPath(): string {
  // Not its pathname: where a folder has a space in its name, that names no file.
  return fileURLToPath(import.meta.resolve('elkjs/lib/elk-worker.min.js'));
}

const threadText = `
const { parentPort, workerData } = require('node:worker_threads');
const { Worker } = require(workerData.elk);
const elk = new Worker();
elk.onmessage = ({ data }) => parentPort.postMessage(data);
elk.postMessage({ id: 0, cmd: 'register', algorithms: ['layered'] });
parentPort.on('message', (data) => elk.postMessage(data));
`;

/** As the thread says it: `id` 0 answers what is said to it at its beginning. */
type Said = { readonly id: number; readonly data?: PlacedElk; readonly error?: unknown };

function answerOf(worker: Worker, graph: object, boxes: number): Promise<PlacedElk> {
  return new Promise((resolve, reject) => {
    const over = (act: () => void): void => {
      clearTimeout(limit);
      worker.off('message', hear);
      worker.off('error', fail);
      act();
    };
    const limit = setTimeout(() => over(() => reject(new GraphTooSlow(boxes, withinMs))), withinMs);
    const hear = ({ id, data, error }: Said): void => {
      if (id === 0) return;
      if (data === undefined) over(() => reject(notPlaced(error)));
      else over(() => resolve(data));
    };
    const fail = (error: Error): void => over(() => reject(notPlaced(error)));
    worker.on('message', hear);
    worker.on('error', fail);
    worker.postMessage({ id: 1, cmd: 'layout', graph, layoutOptions: {}, options: {} });
  });
}

function notPlaced(cause: unknown): Error {
  return new Error('elk could not place the graph', { cause });
}

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
type PlacedElk = {
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
function elkGraph({ boxes, lines, direction }: Graph): object {
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
function placedOf(root: PlacedElk): Placed {
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
