import {
  BaseEdge,
  type Edge,
  EdgeLabelRenderer,
  type EdgeProps,
  getBezierPath,
  Position,
} from '@xyflow/react';
import { type DrawnEdge, roundedPath } from './map-graph.ts';

/** A line through the corners that the layout gave it; without any, it finds its own way. */
export function GraphLine(props: EdgeProps<Edge<{ readonly edge: DrawnEdge }, 'line'>>) {
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
