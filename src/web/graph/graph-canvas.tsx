import {
  BaseEdge,
  type Edge,
  EdgeLabelRenderer,
  type EdgeProps,
  getBezierPath,
  Handle,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  useStoreApi,
} from '@xyflow/react';
import { type FocusEvent, type RefObject, useMemo, useRef } from 'react';
import '@xyflow/react/dist/base.css';
import type { Graph } from '../../api/run-parts.ts';
import { StatusGlyph } from '../parts/status/status-glyph.tsx';
import { statusLook } from '../parts/status/status-look.ts';
import { nudge } from './graph-window.ts';
import { GraphZoom } from './graph-zoom.tsx';
import { type DrawnEdge, type DrawnNode, drawnEdges, drawnNodes, roundedPath } from './map-graph.ts';

export type GraphCanvasProps = {
  readonly graph: Graph;
  readonly selected: string | undefined;
  readonly onSelect: ((id: string) => void) | undefined;
  readonly direction: 'right' | 'down';
};

const nodeTypes = { box: GraphBox };
const edgeTypes = { line: GraphLine };
/** The picture is for looking: what is chosen is chosen by the buttons in its boxes. */
const still = {
  nodesDraggable: false,
  nodesConnectable: false,
  nodesFocusable: false,
  edgesFocusable: false,
  elementsSelectable: false,
};
/** Of the frame, in pixels: as much as the graph needs at its own size. */
const heightMin = 200;
const heightMax = 640;

/** The picture itself: heavy, so it is loaded by graph-view.tsx when it is wanted. */
export function GraphCanvas({ graph, selected, onSelect, direction }: GraphCanvasProps) {
  const nodes = useMemo(
    () => drawnNodes(graph).map((node) => flowNode(node, { selected, onSelect, direction })),
    [graph, selected, onSelect, direction],
  );
  const moved = useRef(false);
  const edges = useMemo(() => drawnEdges(graph).map(flowEdge), [graph]);

  return (
    <div
      className="graph-canvas"
      style={{ height: Math.min(heightMax, Math.max(heightMin, graph.height + 60)) }}
    >
      <ReactFlowProvider key={`${graph.width}x${graph.height}x${graph.nodes.length}`}>
        <ReactFlow
          nodes={nodes}
          edges={edges}
          nodeTypes={nodeTypes}
          edgeTypes={edgeTypes}
          {...still}
          onlyRenderVisibleElements={graph.nodes.length > 200}
          disableKeyboardA11y
          deleteKeyCode={null}
          preventScrolling={false}
          zoomOnScroll={false}
          onMove={(event) => noteMove(moved, event)}
          minZoom={0.05}
          maxZoom={2}
          proOptions={{ hideAttribution: true }}
        >
          <GraphZoom moved={moved} at={selected ?? placeOf(nodes)} />
        </ReactFlow>
      </ReactFlowProvider>
    </div>
  );
}

/** Where the run is, or where it went wrong. */
function placeOf(nodes: readonly Node<GraphBoxData, 'box'>[]): string | undefined {
  const own = nodes.map(({ data }) => data.node).filter(({ isGroup }) => !isGroup);

  return (own.find(({ isCurrent }) => isCurrent) ?? own.find(({ hue }) => hue === 'failed'))?.id;
}

/** There is no event where the picture moves by itself. */
function noteMove(moved: RefObject<boolean>, event: unknown): void {
  if (event !== null) moved.current = true;
}

function flowNode(
  node: DrawnNode,
  { selected, onSelect, direction }: Omit<GraphCanvasProps, 'graph'>,
): Node<GraphBoxData, 'box'> {
  const isRight = direction === 'right';
  const begin = isRight ? Position.Left : Position.Top;
  const end = isRight ? Position.Right : Position.Bottom;

  return {
    id: node.id,
    type: 'box',
    position: { x: node.x, y: node.y },
    width: node.width,
    height: node.height,
    ...(node.parent === undefined ? {} : { parentId: node.parent }),
    data: { node, isSelected: node.id === selected, onSelect, begin, end },
  };
}

type GraphBoxData = {
  readonly node: DrawnNode;
  readonly isSelected: boolean;
  readonly onSelect: ((id: string) => void) | undefined;
  readonly begin: Position;
  readonly end: Position;
};

function flowEdge(edge: DrawnEdge): Edge<{ readonly edge: DrawnEdge }, 'line'> {
  return { id: edge.id, source: edge.from, target: edge.to, type: 'line', data: { edge } };
}

type BoxData = {
  readonly node: DrawnNode;
  readonly isSelected: boolean;
  readonly onSelect: ((id: string) => void) | undefined;
  readonly begin: Position;
  readonly end: Position;
};

/** A task or a state, or a group of them; types that are not known look like any other. */
function GraphBox({ data }: NodeProps<Node<BoxData, 'box'>>) {
  const { node, isSelected, onSelect } = data;
  const bringIntoView = useIntoView(node.id);

  return (
    <div
      className={node.isGroup ? 'graph-box group' : 'graph-box'}
      data-hue={node.hue}
      data-current={node.isCurrent}
      data-kind={node.type}
      data-reached={node.isReached}
      data-selected={isSelected}
    >
      <Handle type="target" position={data.begin} isConnectable={false} />
      <button
        type="button"
        aria-pressed={isSelected}
        title={node.label}
        onClick={() => onSelect?.(node.id)}
        onFocus={bringIntoView}
      >
        <span className="graph-name">
          {node.name ?? node.id}
          {node.task === undefined || node.task === node.name ? null : (
            <span className="sr-only"> of {node.task}</span>
          )}
        </span>
        <BoxState node={node} />
      </button>
      <Handle type="source" position={data.end} isConnectable={false} />
    </div>
  );
}

/** What the keyboard comes to is seen. A click moves nothing: what was pressed would slip away from under it. */
function useIntoView(id: string): (event: FocusEvent<HTMLElement>) => void {
  const flow = useReactFlow();
  const store = useStoreApi();

  return ({ target }) => {
    if (!target.matches(':focus-visible')) return;
    const { zoom, x, y } = flow.getViewport();
    const box = flow.getNodesBounds([id]);
    const seen = {
      x: box.x * zoom + x,
      y: box.y * zoom + y,
      width: box.width * zoom,
      height: box.height * zoom,
    };
    const by = nudge(seen, store.getState());
    if (by.x !== 0 || by.y !== 0) void flow.setViewport({ zoom, x: x + by.x, y: y + by.y });
  };
}

/** On one line, as far as there is room: how it is, what it is, and what it has to say. */
function BoxState({ node }: { readonly node: DrawnNode }) {
  const { status, type, note, counts, isInitial } = node;
  const look = status === undefined ? undefined : statusLook(status);
  const passes = Object.entries(counts ?? {}).map(([of, count]) => `${count} ${statusLook(of).word}`);
  const words =
    isInitial === undefined
      ? [look?.word, look !== undefined && type === 'SIMPLE' ? '' : type, note, ...passes]
      : [note, isInitial ? 'initial' : '', type === 'atomic' ? '' : type, ...passes];

  return (
    <span className="graph-state">
      {look === undefined ? null : (
        <span>
          <StatusGlyph glyph={look.glyph} size={11} />
        </span>
      )}
      <span>{words.filter((word) => word !== undefined && word !== '').join(' · ')}</span>
    </span>
  );
}

/** A line through the corners that the layout gave it; without any, it finds its own way. */
function GraphLine(props: EdgeProps<Edge<{ readonly edge: DrawnEdge }, 'line'>>) {
  const edge = props.data?.edge;
  const points = edge?.points ?? [];
  const [own, ownX, ownY] = getBezierPath(props);
  const end = points.at(-1) ?? { x: props.targetX, y: props.targetY };
  const isRight = props.sourcePosition === Position.Right;
  const middle = points.length < 2 ? { x: ownX, y: ownY } : middleOf(points, isRight ? 'x' : 'y');

  return (
    <>
      <BaseEdge
        path={points.length < 2 ? own : roundedPath(points)}
        className={`graph-line ${edge?.look ?? 'plain'} ${edge?.kind ?? ''}`}
      />
      <circle className={`graph-end ${edge?.look ?? 'plain'}`} cx={end.x} cy={end.y} r={3.5} />
      {edge === undefined || edge.text === '' ? null : <LineLabel edge={edge} at={middle} />}
    </>
  );
}

function LineLabel({ edge, at }: { readonly edge: DrawnEdge; readonly at: Point }) {
  return (
    <EdgeLabelRenderer>
      <button
        type="button"
        className="graph-label"
        style={{ transform: `translate(-50%, -50%) translate(${at.x}px, ${at.y}px)` }}
        aria-label={`${edge.from} to ${edge.to}: ${edge.text}`}
      >
        <span className="graph-label-text">{edge.label ?? edge.kind}</span>
        {edge.evidence === undefined ? null : <span className="graph-evidence">{edge.evidence}</span>}
      </button>
    </EdgeLabelRenderer>
  );
}

type Point = { readonly x: number; readonly y: number };

/** The middle of the longest part of a line along the way that the picture goes: there it has room between boxes. */
function middleOf(points: readonly Point[], along: 'x' | 'y'): Point {
  let best = points[0] ?? { x: 0, y: 0 };
  let longest = -1;
  for (const [index, to] of points.entries()) {
    const from = points[index - 1];
    if (from === undefined) continue;
    const length = Math.abs(to[along] - from[along]);
    if (length <= longest) continue;
    longest = length;
    best = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  }

  return best;
}
