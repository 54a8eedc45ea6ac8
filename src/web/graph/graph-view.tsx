import { useState } from 'react';
import type { Graph } from '../../api/run-parts.ts';
import { ErrorBoundary } from '../parts/error-boundary.tsx';
import { NotLoaded } from '../parts/not-loaded.ts';
import { type LatePart, Part } from '../parts/part.tsx';
import type { GraphCanvasProps } from './graph-canvas.tsx';
import './graph.css';
import './graph-label.css';
import { GraphTable } from './graph-table.tsx';

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
          <Part
            part={graphCanvas}
            props={{ graph, selected, onSelect, direction }}
            loading={<p className="soft graph-canvas">Loading the picture …</p>}
          />
        </ErrorBoundary>
      )}
    </section>
  );
}
