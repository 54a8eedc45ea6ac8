import type { DependencyMap } from '../../api/insights.ts';

export type MapViewProps = {
  readonly map: DependencyMap;
  /** What stays: all when undefined. */
  readonly kept: ReadonlySet<string> | undefined;
  readonly selected: string;
  readonly onSelect: (id: string) => void;
};

type Node = DependencyMap['nodes'][number];

/** The map as a picture. Its boxes are buttons: they can be reached by the keyboard, in the order of the map. */
export function MapPicture({ map, kept, selected, onSelect }: MapViewProps) {
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
