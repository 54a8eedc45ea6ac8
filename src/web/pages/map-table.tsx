import { Link } from 'wouter';
import type { DependencyMap } from '../../api/insights.ts';
import { Panel } from '../parts/panel.tsx';
import { edgeText } from './map-neighbours.ts';
import type { MapViewProps } from './map-picture.tsx';

/** The same as the picture, to be read. */
export function MapTable({ map, kept, selected, onSelect }: MapViewProps) {
  const nodes = map.nodes.filter(({ id }) => kept === undefined || kept.has(id));

  return (
    <Panel title="The same as a table" note={`${nodes.length} of ${map.nodes.length}`} isFlush>
      <table>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Kind</th>
            <th scope="col">Connections</th>
          </tr>
        </thead>
        <tbody>
          {nodes.map((node) => (
            <tr key={node.id}>
              <th scope="row">
                <button
                  type="button"
                  className="quiet"
                  aria-pressed={node.id === selected}
                  onClick={() => onSelect(node.id === selected ? '' : node.id)}
                >
                  {node.name}
                </button>
                {node.detail !== undefined && <p className="soft">{node.detail}</p>}
              </th>
              <td>
                {node.kind}
                <NodeLink node={node} />
              </td>
              <td>
                <ul>
                  {map.edges
                    .filter(({ from }) => from === node.id)
                    .map((edge) => (
                      <li key={`${edge.kind} ${edge.to}`}>{edgeText(map, edge)}</li>
                    ))}
                </ul>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

const pages: Readonly<Record<string, (name: string) => string>> = {
  definition: (name) => `/definitions/${encodeURIComponent(name)}`,
  agent: (name) => `/agents?q=${encodeURIComponent(name)}`,
  trigger: (name) => `/triggers?q=${encodeURIComponent(name)}`,
  event: (name) => `/events?q=${encodeURIComponent(name)}`,
};

function NodeLink({ node: { id, kind } }: { readonly node: DependencyMap['nodes'][number] }) {
  const href = pages[kind]?.(nameIn(id));
  if (href === undefined) return null;

  return (
    <p>
      <Link href={href}>Open</Link>
    </p>
  );
}

/** `definition:orders` names orders, `trigger:orders/paid` the trigger paid of it. */
function nameIn(id: string): string {
  const name = id.slice(id.indexOf(':') + 1);

  return id.startsWith('trigger:') ? name.slice(name.lastIndexOf('/') + 1) : name;
}
