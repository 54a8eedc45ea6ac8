import { Link } from 'wouter';
import type { RunLine } from '../../api/run.ts';
import { Duration } from '../parts/duration.tsx';
import { StatusBadge } from '../parts/status/status-badge.tsx';
import { TimeText } from '../parts/time-text.tsx';

/** Runs in a plain table: for the few of a definition, a failure or a search. */
export function FewRunsTable({ runs }: { readonly runs: readonly RunLine[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Status</th>
          <th scope="col">Run</th>
          <th scope="col">Started</th>
          <th scope="col">Took</th>
          <th scope="col">By</th>
          <th scope="col">Error</th>
        </tr>
      </thead>
      <tbody>
        {runs.map(({ run, shortId, shown, definition, startedAt, endedAt, trigger, error }) => (
          <tr key={run}>
            <td>
              <StatusBadge shown={shown} />
            </td>
            <th scope="row">
              <Link href={`/runs/${run}`} className="mono">
                {shortId}
              </Link>
              <p className="soft">
                {definition.id} v{definition.version}
              </p>
            </th>
            <td>
              <TimeText iso={startedAt} />
            </td>
            <td>
              <Duration from={startedAt} to={endedAt} />
            </td>
            <td>{trigger}</td>
            <td>{error === undefined ? '' : <code>{error}</code>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
