import { useState } from 'react';
import type { DefinitionPage } from '../../../api/definitions.ts';
import { GraphView } from '../../graph/graph-view.tsx';

/** The tasks and how they hang together. A chosen one tells where it stands in the text. */
export function DefinitionGraph({ definition }: { readonly definition: DefinitionPage }) {
  const [selected, setSelected] = useState<string>();
  const node = definition.graph.nodes.find(({ id }) => id === selected);
  if (definition.graph.nodes.length === 0) {
    return <p className="empty">There is no graph: the text has problems.</p>;
  }

  return (
    <div className="definition-graph">
      <GraphView
        graph={definition.graph}
        selected={selected}
        onSelect={setSelected}
        label={`Graph of ${definition.id}`}
        direction="right"
      />
      <output className="soft">
        {node === undefined
          ? 'Choose a task to see where it stands.'
          : `${node.id}, ${node.type}${lineText(node.line)}`}
      </output>
    </div>
  );
}

function lineText(line: number | undefined): string {
  return line === undefined ? '' : `, line ${line} of the text`;
}
