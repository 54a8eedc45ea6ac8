import type { EventOutcomeRow } from '../../api/people.ts';
import { useApi } from '../api/use-api.ts';
import { useUrlState } from '../parts/use-url-state.ts';
import { usePageTitle } from '../session/page-title.ts';
import { EmptyNote } from './empty-note.tsx';
import { EmitEvent } from './events-emit.tsx';
import { EventsTable } from './events-table.tsx';
import { FilterBar } from './filter-bar.tsx';
import { ListPanel } from './list-panel.tsx';

const SHOWN_MAX = 200;
const LOOKED_EVERY_MS = 5_000;

/** What came in from outside, and what became of it. */
export function EventsPage() {
  usePageTitle('Events');
  const [filter, setFilter] = useUrlState('q');
  // What no run takes is not in the journal, so the stream does not tell of it.
  const query = useApi<{ readonly events: readonly EventOutcomeRow[] }>(
    ['events'],
    { limit: SHOWN_MAX },
    { everyMs: LOOKED_EVERY_MS },
  );
  const events = query.data?.events ?? [];
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
        note={events.length === SHOWN_MAX ? `the latest ${SHOWN_MAX}` : 'the latest first'}
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
