import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import type { EventOutcomeRow } from '../../api/people.ts';
import { postJson, useApi } from '../api/client.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { DataTree } from '../parts/json/data-tree.tsx';
import { StatusBadge } from '../parts/status/status-badge.tsx';
import { TimeText } from '../parts/time-text.tsx';
import { useUrlState } from '../parts/use-url-state.ts';
import { usePageTitle } from '../session/page-title.ts';
import { EmptyNote } from './empty-note.tsx';
import { FilterBar } from './filter-bar.tsx';
import { ListPanel } from './list-panel.tsx';

/** The status that each outcome of an event looks like; every other word looks as its own. */
const looks: Readonly<Record<string, string>> = {
  taken: 'COMPLETED',
  ignored: 'SKIPPED',
  refused: 'REJECTED',
  dead: 'FAILED',
};

const empty: Fields = { type: '', data: '{}', id: '', subject: '' };

const SHOWN_MAX = 200;
const LOOKED_EVERY_MS = 5_000;

/** What came in from outside, and what became of it. */
export function EventsPage() {
  usePageTitle('Events');
  const [filter, setFilter] = useUrlState('q');
  // What no run takes is not in the journal, so the stream does not tell of it.
  const query = useApi(['events'], { limit: SHOWN_MAX }, { everyMs: LOOKED_EVERY_MS });
  const events = query.data?.items ?? [];
  const shown = events.filter((row) => fits(row, filter));
  return (
    <>
      <div className="page-head">
        <h1>Events</h1>
        <FilterBar
          label="Filter events"
          value={filter}
          onChange={setFilter}
          shown={shown.length}
          of={events.length}
        />
        <span className="end">
          <EmitEvent />
        </span>
      </div>
      <ListPanel
        title="What became of them"
        note={query.data?.next !== undefined ? `the latest ${SHOWN_MAX}` : 'the latest first'}
        query={query}
        there={events.length}
        shown={shown.length}
        onClear={() => setFilter('')}
        nothing={<NoEvents />}
      >
        <EventsTable events={shown} />
      </ListPanel>
    </>
  );
}

function NoEvents() {
  return (
    <EmptyNote
      text="No event came in yet. Emit one here, or:"
      command="workflow emit order.paid --data '{}'"
    />
  );
}

function fits({ type, id, source, status, by = '', note }: EventOutcomeRow, filter: string): boolean {
  return [type, id, source, status, by, note].join(' ').toLowerCase().includes(filter.trim().toLowerCase());
}

type Fields = { readonly type: string; readonly data: string; readonly id: string; readonly subject: string };

/** Sends an event as if it had come from outside. */
function EmitEvent() {
  const queries = useQueryClient();
  const [fields, setFields] = useState(empty);
  const emit = async (): Promise<void> => {
    await postJson(['events'], requestOf(fields));
    setFields(empty);
    await queries.invalidateQueries({ queryKey: ['events'] });
  };

  return (
    <ActionButton label="Emit an event ..." title="Emit an event" confirm="Emit" tone="primary" run={emit}>
      <Field
        name="Type"
        value={fields.type}
        onChange={(type) => setFields({ ...fields, type })}
        help="Such as order.paid"
      />
      <label className="field">
        <strong>Data, as JSON</strong>
        <textarea
          className="mono"
          value={fields.data}
          spellCheck={false}
          onChange={({ target }) => setFields({ ...fields, data: target.value })}
        />
      </label>
      <Field
        name="Subject (optional)"
        value={fields.subject}
        onChange={(subject) => setFields({ ...fields, subject })}
        help="What it is about"
      />
      <Field
        name="Id (optional)"
        value={fields.id}
        onChange={(id) => setFields({ ...fields, id })}
        help="Two events of the same id count once"
      />
    </ActionButton>
  );
}

type FieldProps = {
  readonly name: string;
  readonly value: string;
  readonly help: string;
  readonly onChange: (value: string) => void;
};

function Field({ name, value, help, onChange }: FieldProps) {
  return (
    <label className="field">
      <strong>{name}</strong>
      <input value={value} spellCheck={false} onChange={(event) => onChange(event.target.value)} />
      <span className="field-help">{help}</span>
    </label>
  );
}

function requestOf({ type, data, id, subject }: Fields) {
  if (type.trim() === '') throw new Error('say what type the event is of, such as order.paid');

  return {
    type: type.trim(),
    data: dataOf(data),
    ...(id.trim() === '' ? {} : { id: id.trim() }),
    ...(subject.trim() === '' ? {} : { subject: subject.trim() }),
  };
}

function dataOf(text: string): unknown {
  try {
    return JSON.parse(text.trim() === '' ? 'null' : text);
  } catch (cause) {
    throw new Error('the data is no JSON: names and texts stand in double quotes', { cause });
  }
}

/** One row per event that came in, with the runs that it started or woke. */
function EventsTable({ events }: { readonly events: readonly EventOutcomeRow[] }) {
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

function Row({ event: row }: { readonly event: EventOutcomeRow }) {
  const { at, type, id, source, by, status, note, runs, event } = row;
  const data = event?.data;

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
