import type { Graph, GraphNode } from '../../api/run-parts.ts';
import './graph-thumbnail.css';

/** The shape of a graph, too small to read. For those who cannot see it, how many boxes it has. */
export function GraphThumbnail({ graph }: { readonly graph: Graph }) {
  const boxes = placedBoxes(graph.nodes);

  return (
    <svg
      className="graph-thumbnail"
      viewBox={`0 0 ${Math.max(graph.width, 1)} ${Math.max(graph.height, 1)}`}
      role="img"
      aria-label={`Graph of ${graph.nodes.length} tasks`}
    >
      {graph.edges.map(({ id, points }) => (
        <polyline key={id} points={points.map(({ x, y }) => `${x},${y}`).join(' ')} />
      ))}
      {boxes.map(({ id, x, y, width, height }) => (
        <rect key={id} x={x} y={y} width={width} height={height} rx={6} />
      ))}
    </svg>
  );
}

/** Boxes inside of a group count from its corner. */
function placedBoxes(nodes: readonly GraphNode[]): readonly GraphNode[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));

  return nodes.map((node) => {
    const corner = cornerOf(node, byId);

    return { ...node, x: node.x + corner.x, y: node.y + corner.y };
  });
}

function cornerOf(node: GraphNode, byId: ReadonlyMap<string, GraphNode>) {
  let [x, y] = [0, 0];
  let group = byId.get(node.parent ?? '');
  for (let depth = 0; group !== undefined && depth < byId.size; depth += 1) {
    x += group.x;
    y += group.y;
    group = byId.get(group.parent ?? '');
  }

  return { x, y };
}
