import { Link } from 'wouter';
import type { EventOutcomeRow } from '../../api/people.ts';
import { DataTree } from '../parts/data-tree.tsx';
import { StatusBadge } from '../parts/status-badge.tsx';
import { TimeText } from '../parts/time-text.tsx';

/** How what became of an event looks; every other word looks as its own. */
const looks: Readonly<Record<string, string>> = {
  taken: 'COMPLETED',
  ignored: 'SKIPPED',
  refused: 'REJECTED',
  dead: 'FAILED',
};

/** One row per event that came in, with the runs that it started or woke. */
export function EventsTable({ events }: { readonly events: readonly EventOutcomeRow[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">Event</th>
          <th scope="col">Outcome</th>
          <th scope="col">Runs</th>
          <th scope="col">Data</th>
        </tr>
      </thead>
      <tbody>
        {events.map((event) => (
          <Row key={event.position} event={event} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ event }: { readonly event: EventOutcomeRow }) {
  const { at, type, id, source, by, status, note, runs, data } = event;

  return (
    <tr>
      <td>
        <TimeText iso={at} />
      </td>
      <th scope="row">
        <strong>{type}</strong>
        <p className="soft mono">{id}</p>
        <p className="soft">
          {source}
          {by === undefined ? '' : `, by ${by}`}
        </p>
      </th>
      <td>
        <StatusBadge status={looks[status.toLowerCase()] ?? status} word={status.toLowerCase()} />
        <p>{note}</p>
      </td>
      <td>
        <ul>
          {runs.map((run) => (
            <li key={run}>
              <Link href={`/runs/${run}`} className="mono">
                {run.slice(-8)}
              </Link>
            </li>
          ))}
        </ul>
      </td>
      <td>
        {data === undefined ? (
          <span className="soft">-</span>
        ) : (
          <DataTree value={data} openDepth={0} label={`Data of ${id}`} />
        )}
      </td>
    </tr>
  );
}
