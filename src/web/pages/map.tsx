import type { DependencyMap } from '../../api/insights.ts';
import { useApi } from '../api/use-api.ts';
import { Panel } from '../parts/panel.tsx';
import { useUrlState } from '../parts/use-url-state.ts';
import { usePageTitle } from '../session/page-title.ts';
import { EmptyNote } from './empty-note.tsx';
import { blastText, neighboursOf } from './map-neighbours.ts';
import { MapPicture, type MapViewProps } from './map-picture.tsx';
import { MapTable } from './map-table.tsx';
import './map.css';

/** Who starts, calls and wakes whom. */
export function MapPage() {
  usePageTitle('Map');
  const [selected, setSelected] = useUrlState('node');
  const { data, error, isPending, refetch } = useApi<DependencyMap>(['map']);
  const isEmpty = data !== undefined && data.nodes.length === 0;

  return (
    <>
      <div className="page-head">
        <h1>Dependency map</h1>
        <p className="soft">Choose a box to keep what it touches.</p>
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
