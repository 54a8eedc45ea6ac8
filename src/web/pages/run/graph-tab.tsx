import type { Graph } from '../../../api/run-parts.ts';
import { GraphView } from '../../graph/graph-view.tsx';
import { PartState } from './part-state.tsx';
import { type RunView, useRunPart } from './run-view.ts';

/** The tasks as boxes, where the run is, and the way that it took. */
export function GraphTab({ view: { page, url, go } }: { readonly view: RunView }) {
  const query = useRunPart<Graph>(page.run, 'graph', url.at);

  return (
    <PartState query={query}>
      {(graph) => (
        <GraphView
          graph={graph}
          selected={url.task}
          onSelect={(task) => go({ task })}
          label={`Graph of ${page.definition.id}`}
        />
      )}
    </PartState>
  );
}
