import type { TriggerRow } from '../../api/people.ts';
import { useApi } from '../api/use-api.ts';
import { useUrlState } from '../parts/use-url-state.ts';
import { usePageTitle } from '../session/page-title.ts';
import { EmptyNote } from './empty-note.tsx';
import { FilterBar } from './filter-bar.tsx';
import { ListPanel } from './list-panel.tsx';
import { TriggersTable } from './triggers-table.tsx';

/** What starts runs by itself: schedules, events, files. */
export function TriggersPage() {
  usePageTitle('Triggers');
  const [filter, setFilter] = useUrlState('q');
  const query = useApi<{ readonly triggers: readonly TriggerRow[] }>(['triggers']);
  const triggers = query.data?.triggers ?? [];
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
          of={triggers.length}
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

function fits({ definition, trigger, kind, on }: TriggerRow, filter: string): boolean {
  return [definition.id, trigger, kind, on].join(' ').toLowerCase().includes(filter.trim().toLowerCase());
}
