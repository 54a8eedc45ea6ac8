import { Link } from 'wouter';
import type { DefinitionRow } from '../../../api/definitions.ts';
import { useApi } from '../../api/client.ts';
import { OutcomeStrip } from '../../charts/outcome-strip.tsx';
import { StatusBadge } from '../../parts/status/status-badge.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { usePageTitle } from '../../session/page-title.ts';
import { EmptyNote } from '../empty-note.tsx';
import { FilterBar } from '../filter-bar.tsx';
import { ListPanel } from '../list-panel.tsx';
import '../row-actions.css';

/** The definitions of the project and the registered ones. */
export function DefinitionsPage() {
  usePageTitle('Definitions');
  const [filter, setFilter] = useUrlState('q');
  const query = useApi(['definitions']);
  const rows = query.data?.items ?? [];
  const shown = rows.filter((row) => fits(row, filter));
  return (
    <>
      <div className="page-head">
        <h1>Definitions</h1>
        <FilterBar
          label="Filter definitions"
          value={filter}
          onChange={setFilter}
          shown={shown.length}
          of={query.data?.total ?? 0}
        />
        <span className="end">
          <Link href="/new" className="button primary">
            New definition
          </Link>
        </span>
      </div>
      <ListPanel
        title="Definitions"
        query={query}
        there={rows.length}
        shown={shown.length}
        onClear={() => setFilter('')}
        nothing={<NoDefinitions />}
      >
        <DefinitionsTable rows={shown} />
      </ListPanel>
    </>
  );
}

function NoDefinitions() {
  return (
    <EmptyNote
      text="This project has no definition yet. A definition is a YAML file in the folder definitions/."
      command="workflow definitions publish definitions/my-workflow.yaml"
      action={{ label: 'Look through the templates', href: '/templates' }}
    />
  );
}

function fits({ id, name = '', description = '', labels, agents }: DefinitionRow, filter: string): boolean {
  const said = [id, name, description, ...Object.values(labels), ...agents];

  return said.join(' ').toLowerCase().includes(filter.trim().toLowerCase());
}

const sources = { project: 'file', registered: 'registered', library: 'library' } as const;

/** One row per definition, with how its latest runs went. */
function DefinitionsTable({ rows }: { readonly rows: readonly DefinitionRow[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Definition</th>
          <th scope="col">Version</th>
          <th scope="col">Latest runs</th>
          <th scope="col" className="number">
            Under way
          </th>
          <th scope="col" className="number">
            Ended
          </th>
          <th scope="col" className="number">
            Completed
          </th>
          <th scope="col">Source</th>
          <th scope="col">
            <span className="sr-only">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={`${row.source} ${row.id}`} row={row} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ row }: { readonly row: DefinitionRow }) {
  const { id, version, name, description, source, file, problems, recent } = row;
  const path = encodeURIComponent(id);

  return (
    <tr>
      <th scope="row">
        <Link href={`/definitions/${path}`}>{name ?? id}</Link>
        <p className="soft mono">{id}</p>
        {description !== undefined && <p className="soft">{description}</p>}
      </th>
      <td>{problems > 0 ? <Broken problems={problems} /> : `v${version}`}</td>
      <td>
        <OutcomeStrip outcomes={recent} />
      </td>
      <Counts row={row} />
      <td>
        {sources[source]}
        <p className="soft mono">{file}</p>
      </td>
      <td>
        <span className="row-actions">
          {problems === 0 && (
            <Link href={`/start/${path}`} className="button">
              Start
            </Link>
          )}
          <Link href={`/definitions/${path}/edit`} className="button">
            Edit
          </Link>
        </span>
      </td>
    </tr>
  );
}

function Broken({ problems }: Pick<DefinitionRow, 'problems'>) {
  return <StatusBadge status="FAILED" word={`${problems} ${problems === 1 ? 'problem' : 'problems'}`} />;
}

/** Each number leads to the runs that it counts. */
function Counts({ row: { id, runs } }: { readonly row: DefinitionRow }) {
  const where = `where=${encodeURIComponent(`definition=${id}`)}`;
  const rate = runs.ended === 0 ? '-' : `${Math.round((100 * runs.completed) / runs.ended)} %`;

  return (
    <>
      <td className="number">
        <Link href={`/runs?${where}&status=RUNNING,NEEDS_APPROVAL,PAUSED,CANCELLING,COMPENSATING`}>
          {runs.running}
        </Link>
      </td>
      <td className="number">
        <Link href={`/history?definition=${encodeURIComponent(id)}`}>{runs.ended}</Link>
      </td>
      <td className="number">
        <Link href={`/runs?${where}&status=COMPLETED`}>{rate}</Link>
      </td>
    </>
  );
}
