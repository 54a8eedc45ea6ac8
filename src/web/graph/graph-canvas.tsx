import { type Edge, type Node, Position, ReactFlow, ReactFlowProvider } from '@xyflow/react';
import { type RefObject, useMemo, useRef } from 'react';
import '@xyflow/react/dist/base.css';
import type { Graph } from '../../api/run-parts.ts';
import { GraphBox } from './graph-box.tsx';
import { GraphLine } from './graph-line.tsx';
import { GraphZoom } from './graph-zoom.tsx';
import { type DrawnEdge, type DrawnNode, drawnEdges, drawnNodes } from './map-graph.ts';

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
