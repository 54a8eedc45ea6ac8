import { Link } from 'wouter';
import type { TriggerRow } from '../../../api/people.ts';
import { useApi } from '../../api/client.ts';
import { StatusBadge } from '../../parts/status/status-badge.tsx';
import { TimeText } from '../../parts/time-text.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { usePageTitle } from '../../session/page-title.ts';
import { EmptyNote } from '../empty-note.tsx';
import { FilterBar } from '../filter-bar.tsx';
import { ListPanel } from '../list-panel.tsx';
import { TriggerActions } from './trigger-actions.tsx';

const types: Readonly<Record<string, string>> = { cron: 'schedule', event: 'event', file: 'file' };

const NEXT_MAX = 3;

/** What starts runs by itself: schedules, events, files. */
export function TriggersPage() {
  usePageTitle('Triggers');
  const [filter, setFilter] = useUrlState('q');
  const query = useApi(['triggers']);
  const triggers = query.data?.items ?? [];
  const shown = triggers.filter((row) => fits(row, filter));
  return (
    <>
      <div className="page-head">
        <h1>Triggers and schedules</h1>
        <FilterBar
          label="Filter triggers"
          value={filter}
          onChange={setFilter}
          shown={shown.length}
          of={query.data?.total ?? 0}
        />
      </div>
      <ListPanel
        title="Triggers"
        query={query}
        there={triggers.length}
        shown={shown.length}
        onClear={() => setFilter('')}
        nothing={<NoTriggers />}
      >
        <TriggersTable triggers={shown} />
      </ListPanel>
    </>
  );
}

function NoTriggers() {
  return (
    <EmptyNote
      text="No definition that is registered starts by itself. A definition that does says so under triggers."
      command="workflow definitions publish definitions/daily-operations.yaml"
      action={{ label: 'Templates', href: '/templates' }}
    />
  );
}

function fits({ definition, trigger, type, on }: TriggerRow, filter: string): boolean {
  return [definition.id, trigger, type, on].join(' ').toLowerCase().includes(filter.trim().toLowerCase());
}

/** One row per trigger: what it waits for, when it is due, what became of it last. */
function TriggersTable({ triggers }: { readonly triggers: readonly TriggerRow[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Trigger</th>
          <th scope="col">Starts on</th>
          <th scope="col">State</th>
          <th scope="col">Next</th>
          <th scope="col">Last</th>
          <th scope="col">
            <span className="sr-only">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {triggers.map((row) => (
          <Row key={`${row.definition.id} ${row.trigger}`} row={row} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ row }: { readonly row: TriggerRow }) {
  const { definition, trigger, type, on } = row;

  return (
    <tr>
      <th scope="row">
        <strong>{trigger}</strong>
        <p>
          <Link href={`/definitions/${encodeURIComponent(definition.id)}`}>
            {definition.id} v{definition.version}
          </Link>
        </p>
      </th>
      <td>
        <span className="soft">{types[type] ?? type}</span>
        <p className="mono">{on}</p>
      </td>
      <td>
        <State row={row} />
      </td>
      <td>
        <Next row={row} />
      </td>
      <td>
        <Last row={row} />
      </td>
      <td>
        <TriggerActions row={row} />
      </td>
    </tr>
  );
}

function State({ row: { paused, schedule, held } }: { readonly row: TriggerRow }) {
  const waiting = schedule?.waiting.length ?? 0;
  const status = paused === undefined ? 'RUNNING' : 'PAUSED';

  return (
    <>
      <StatusBadge status={status} word={paused === undefined ? 'on' : 'paused'} />
      {paused !== undefined && (
        <p className="soft">
          by {paused.by}, <TimeText iso={paused.at} />
          {paused.reason === undefined ? '' : `: ${paused.reason}`}
        </p>
      )}
      {waiting > 0 && <p className="soft">{waiting} waiting</p>}
      {held !== undefined && (
        <p className="soft">
          {held.events} events wait, {held.why}
        </p>
      )}
    </>
  );
}

function Next({ row: { next, paused } }: { readonly row: TriggerRow }) {
  // What is paused is not due.
  if (next.length === 0 || paused !== undefined) return <span className="soft">-</span>;

  return (
    <ul>
      {next.slice(0, NEXT_MAX).map((iso) => (
        <li key={iso}>
          <TimeText iso={iso} />
        </li>
      ))}
    </ul>
  );
}

function Last({ row: { schedule } }: { readonly row: TriggerRow }) {
  const last = schedule?.last;
  if (last === undefined) return <span className="soft">never</span>;
  const { tick, run, why, refused } = last;

  return (
    <>
      <TimeText iso={tick} />
      <p>
        {refused === undefined ? (
          <Link href={`/runs/${run}`}>{why}</Link>
        ) : (
          `not started, ${refused.code}: ${refused.message}`
        )}
      </p>
    </>
  );
}
