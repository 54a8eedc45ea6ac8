import type { DependencyMap } from '../../api/insights.ts';
import { useApi } from '../api/client.ts';
import { Panel } from '../parts/panel.tsx';
import { useUrlState } from '../parts/use-url-state.ts';
import { usePageTitle } from '../session/page-title.ts';
import { EmptyNote } from './empty-note.tsx';
import { blastText, edgeText, neighboursOf } from './map-neighbours.ts';
import './map.css';
import { Link } from 'wouter';

const pages: Readonly<Record<string, (name: string) => string>> = {
  definition: (name) => `/definitions/${encodeURIComponent(name)}`,
  agent: (name) => `/agents?q=${encodeURIComponent(name)}`,
  trigger: (name) => `/triggers?q=${encodeURIComponent(name)}`,
  event: (name) => `/events?q=${encodeURIComponent(name)}`,
};

/** The map of what starts, calls and wakes what. */
export function MapPage() {
  usePageTitle('Map');
  const [selected, setSelected] = useUrlState('node');
  const { data, error, isPending, refetch } = useApi(['map']);
  const isEmpty = data !== undefined && data.nodes.length === 0;

  return (
    <>
      <div className="page-head">
        <h1>Dependency map</h1>
        <p className="soft">Select a box to highlight its connections.</p>
        {selected !== '' && (
          <span className="end">
            <button type="button" onClick={() => setSelected('')}>
              Show all
            </button>
          </span>
        )}
      </div>
      {data === undefined || isEmpty ? (
        <Panel
          title="Map"
          isLoading={isPending}
          error={error}
          onRetry={() => void refetch()}
          empty={isEmpty ? <NoMap /> : undefined}
        >
          {null}
        </Panel>
      ) : (
        <MapPanes map={data} selected={selected} onSelect={setSelected} />
      )}
    </>
  );
}

type MapPanesProps = Omit<MapViewProps, 'kept'>;

function MapPanes({ map, selected, onSelect }: MapPanesProps) {
  const kept = selected === '' ? undefined : neighboursOf(map.edges, selected);

  return (
    <>
      {kept !== undefined && (
        <p className="blast" role="status">
          {blastText(map, selected)}
        </p>
      )}
      <div className="map-panes">
        <MapPicture map={map} kept={kept} selected={selected} onSelect={onSelect} />
        <MapTable map={map} kept={kept} selected={selected} onSelect={onSelect} />
      </div>
    </>
  );
}

function NoMap() {
  return (
    <EmptyNote
      text="There is no definition to draw yet."
      command="workflow definitions publish definitions/my-workflow.yaml"
      action={{ label: 'Templates', href: '/templates' }}
    />
  );
}

/** The same as the picture, to be read. */
function MapTable({ map, kept, selected, onSelect }: MapViewProps) {
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

type MapViewProps = {
  readonly map: DependencyMap;
  /** What stays: all when undefined. */
  readonly kept: ReadonlySet<string> | undefined;
  readonly selected: string;
  readonly onSelect: (id: string) => void;
};

type Node = DependencyMap['nodes'][number];

/** The map as a picture. Its boxes are buttons: they can be reached by the keyboard, in the order of the map. */
function MapPicture({ map, kept, selected, onSelect }: MapViewProps) {
  const isKept = (id: string): boolean => kept === undefined || kept.has(id);

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard (WCAG 2.1.1).
    <section className="panel map-picture" aria-label="Map" tabIndex={0}>
      <div className="map-sheet" style={{ width: map.width, height: map.height }}>
        <MapEdges map={map} isShown={(from, to) => isKept(from) && isKept(to)} />
        {map.nodes.map((node) => (
          <button
            key={node.id}
            type="button"
            className="map-node"
            data-kind={node.kind}
            data-faint={!isKept(node.id)}
            aria-pressed={node.id === selected}
            title={node.detail === undefined ? node.name : `${node.name}, ${node.detail}`}
            style={{ left: node.x, top: node.y, width: node.width, height: node.height }}
            onClick={() => onSelect(node.id === selected ? '' : node.id)}
          >
            <MapNodeText node={node} />
          </button>
        ))}
      </div>
    </section>
  );
}

function MapNodeText({ node: { name, kind, running } }: { readonly node: Node }) {
  return (
    <>
      <span className="map-name">{name}</span>
      <span className="soft map-kind">
        {kind}
        {running > 0 ? ` · ${running} ${running === 1 ? 'run' : 'runs'}` : ''}
      </span>
    </>
  );
}

type MapEdgesProps = {
  readonly map: DependencyMap;
  readonly isShown: (from: string, to: string) => boolean;
};

function MapEdges({ map, isShown }: MapEdgesProps) {
  const byId = new Map(map.nodes.map((node) => [node.id, node]));

  return (
    <svg width={map.width} height={map.height} aria-hidden="true">
      <defs>
        <marker
          id="map-arrow"
          viewBox="0 0 8 8"
          refX="8"
          refY="4"
          markerWidth="7"
          markerHeight="7"
          orient="auto"
        >
          <path d="M0,0 L8,4 L0,8 z" />
        </marker>
      </defs>
      {map.edges.map(({ from, to, kind }) => {
        const [start, end] = [byId.get(from), byId.get(to)];
        if (start === undefined || end === undefined) return null;

        return (
          <path
            key={`${from} ${kind} ${to}`}
            className="map-edge"
            data-kind={kind}
            data-faint={!isShown(from, to)}
            d={curve(start, end)}
            markerEnd="url(#map-arrow)"
          />
        );
      })}
    </svg>
  );
}

/** From the right side of one box to the left side of the other, level at both ends. */
function curve(start: Node, end: Node): string {
  const [x1, y1] = [start.x + start.width, start.y + start.height / 2];
  const [x2, y2] = [end.x, end.y + end.height / 2];
  const bend = Math.max(Math.abs(x2 - x1) / 2, 30);

  return `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`;
}
