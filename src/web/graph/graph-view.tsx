import { useState } from 'react';
import type { Graph, GraphNode } from '../../api/run-parts.ts';
import { ErrorBoundary } from '../parts/error-boundary.tsx';
import { NotLoaded } from '../parts/not-loaded.ts';
import { type LatePart, LoadedPart } from '../parts/part.tsx';
import type { GraphCanvasProps } from './graph-canvas.tsx';
import './graph.css';
import './graph-label.css';
import { drawnEdges } from './map-graph.ts';

/** A third of all that is loaded for a run would be for drawing graphs: it comes when one is looked at. */
const graphCanvas: LatePart<GraphCanvasProps> = {
  load: async () => {
    try {
      return (await import('./graph-canvas.tsx')).GraphCanvas;
    } catch (cause) {
      // Beside it somebody may be writing: only they say when the page is loaded anew.
      throw new NotLoaded('the picture', { cause, reloading: 'asked' });
    }
  },
};

export type GraphViewProps = {
  readonly graph: Graph;
  /** The id of the box that stands out. */
  readonly selected?: string | undefined;
  readonly onSelect?: ((id: string) => void) | undefined;
  /** Which way its lines go; left out: `right`. */
  readonly direction?: 'right' | 'down';
  /** What it shows, for those who cannot see it. */
  readonly label?: string;
};

/** A laid out graph as a picture that can be moved and brought nearer, and the same as a table. */
export function GraphView({
  graph,
  selected,
  onSelect,
  direction = 'right',
  label = 'Graph',
}: GraphViewProps) {
  const [isTable, setTable] = useState(false);

  return (
    <section className="graph" aria-label={label}>
      <div className="graph-bar">
        <button type="button" className="quiet" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          {isTable ? 'Show as picture' : 'Show as table'}
        </button>
        <span className="soft">
          {graph.nodes.length} {graph.nodes.length === 1 ? 'box' : 'boxes'}
        </span>
      </div>
      {isTable ? (
        <GraphTable graph={graph} selected={selected} onSelect={onSelect} />
      ) : (
        <ErrorBoundary>
          <LoadedPart
            part={graphCanvas}
            props={{ graph, selected, onSelect, direction }}
            loading={<p className="soft graph-canvas">Loading the graph …</p>}
          />
        </ErrorBoundary>
      )}
    </section>
  );
}

type GraphTableProps = {
  readonly graph: Graph;
  readonly selected: string | undefined;
  readonly onSelect: ((id: string) => void) | undefined;
};

/** The content of the picture as rows. */
function GraphTable({ graph, selected, onSelect }: GraphTableProps) {
  return (
    <div className="table-scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Box</th>
            <th scope="col">Type</th>
            <th scope="col">Status</th>
            <th scope="col">Leads to</th>
          </tr>
        </thead>
        <tbody>
          {graph.nodes.map((node) => (
            <tr key={node.id} aria-selected={node.id === selected}>
              <th scope="row">
                <button type="button" className="quiet" onClick={() => onSelect?.(node.id)}>
                  {node.isInitial === undefined ? (node.name ?? node.id) : node.id}
                </button>
              </th>
              <td>{node.type}</td>
              <td>{statusText(node)}</td>
              <td>{waysOut(graph, node.id)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function statusText({ status, note, counts }: GraphNode): string {
  const passes = Object.entries(counts ?? {}).map(([name, count]) => `${count} ${name}`);

  return [status, note, ...passes].filter((word) => word !== undefined && word !== '').join(', ');
}

function waysOut(graph: Graph, id: string): string {
  return drawnEdges(graph)
    .filter(({ from }) => from === id)
    .map(({ to, text, look }) => {
      const way = text === '' ? to : `${to} (${text})`;

      return look === 'taken' ? `${way}, taken` : way;
    })
    .join('; ');
}
