import { Link } from 'wouter';
import type { WorksetList } from '../../../api/worksets.ts';
import { useApi } from '../../api/client.ts';
import { Progress } from '../../parts/progress.tsx';
import { StatusBadge } from '../../parts/status/status-badge.tsx';
import { TimeText } from '../../parts/time-text.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { usePageTitle } from '../../session/page-title.ts';
import { EmptyNote } from '../empty-note.tsx';
import { FilterBar } from '../filter-bar.tsx';
import { ListPanel } from '../list-panel.tsx';

/** Definitions that are started, watched and paused as one. */
export function WorksetsPage() {
  usePageTitle('Worksets');
  const [filter, setFilter] = useUrlState('q');
  const query = useApi(['worksets']);
  const worksets = query.data?.items ?? [];
  const shown = worksets.filter((row) => fits(row, filter));

  return (
    <>
      <div className="page-head">
        <h1>Worksets</h1>
        <FilterBar
          label="Filter worksets"
          value={filter}
          onChange={setFilter}
          shown={shown.length}
          of={query.data?.total ?? 0}
        />
      </div>
      <ListPanel
        title="Worksets"
        query={query}
        there={worksets.length}
        shown={shown.length}
        onClear={() => setFilter('')}
        nothing={<NoWorksets />}
      >
        <WorksetsTable worksets={shown} />
      </ListPanel>
    </>
  );
}

function NoWorksets() {
  return (
    <EmptyNote
      text="There is no workset. A file definitions/*.workset.yaml lists definitions that are carried out as one."
      command="workflow workset list"
      action={{ label: 'Definitions', href: '/definitions' }}
    />
  );
}

type Row = WorksetList['items'][number];

function fits({ id, goal = '', owner = '', status }: Row, filter: string): boolean {
  return [id, goal, owner, status].join(' ').toLowerCase().includes(filter.trim().toLowerCase());
}

/** Each workset with how its latest run is. */
function WorksetsTable({ worksets }: { readonly worksets: readonly Row[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Workset</th>
          <th scope="col">Goal</th>
          <th scope="col">Owner</th>
          <th scope="col">State</th>
          <th scope="col">Items</th>
          <th scope="col">Failed</th>
          <th scope="col">Started</th>
        </tr>
      </thead>
      <tbody>
        {worksets.map((row) => (
          <tr key={row.id}>
            <th scope="row">
              <Link href={`/worksets/${encodeURIComponent(row.id)}`}>{row.id}</Link>
            </th>
            <td>{row.goal}</td>
            <td>{row.owner}</td>
            <td>
              <StatusBadge shown={row.status} />
            </td>
            <td>
              <Progress done={row.progress.settled} of={row.progress.items} what="items" />
            </td>
            <td>{row.progress.failed === 0 ? '' : row.progress.failed}</td>
            <td>{row.startedAt !== undefined && <TimeText iso={row.startedAt} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
