import type { Graph, GraphNode } from '../../api/run-parts.ts';
import { drawnEdges } from './map-graph.ts';

type GraphTableProps = {
  readonly graph: Graph;
  readonly selected: string | undefined;
  readonly onSelect: ((id: string) => void) | undefined;
};

/** All that the picture says, in rows. */
export function GraphTable({ graph, selected, onSelect }: GraphTableProps) {
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
                  {node.name ?? node.id}
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
