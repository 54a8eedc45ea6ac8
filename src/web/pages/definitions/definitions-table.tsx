import { Link } from 'wouter';
import type { DefinitionRow } from '../../../api/definitions.ts';
import { OutcomeStrip } from '../../charts/outcome-strip.tsx';
import { StatusBadge } from '../../parts/status/status-badge.tsx';
import '../row-actions.css';

const sources = { project: 'file', registered: 'registered', library: 'library' } as const;

/** One row per definition, with how its latest runs went. */
export function DefinitionsTable({ rows }: { readonly rows: readonly DefinitionRow[] }) {
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
