import { useState } from 'react';
import type { FailureGroup } from '../../api/insights.ts';
import { useApi } from '../api/use-api.ts';
import { useUrlState } from '../parts/use-url-state.ts';
import { usePageTitle } from '../session/page-title.ts';
import { EmptyNote } from './empty-note.tsx';
import { FailureCard } from './failure-card.tsx';
import { FailureRetry } from './failure-retry.tsx';
import { FilterBar } from './filter-bar.tsx';
import { ListPanel, type ListPanelProps } from './list-panel.tsx';
import './failures.css';

/** What failed, those that failed alike together. */
export function FailuresPage() {
  usePageTitle('Failures');
  const [filter, setFilter] = useUrlState('q');
  const [acknowledged, setAcknowledged] = useUrlState('acknowledged', 'hidden');
  const query = useApi<{ readonly groups: readonly FailureGroup[] }>(['failures']);
  // Kept here, since a group that was retried leaves the list while its outcome is read.
  const [retried, setRetried] = useState<FailureGroup>();
  const groups = query.data?.groups ?? [];
  const hidden = groups.filter((group) => group.acknowledged !== undefined).length;
  const isOpen = acknowledged === 'shown';
  const shown = groups.filter((group) => (isOpen || group.acknowledged === undefined) && fits(group, filter));

  return (
    <>
      <div className="page-head">
        <h1>Failures</h1>
        <FilterBar
          shown={shown.length}
          of={groups.length}
          label="Filter failures"
          value={filter}
          onChange={setFilter}
        >
          <AcknowledgedChip hidden={hidden} value={acknowledged} onChange={setAcknowledged} />
        </FilterBar>
      </div>
      <Groups
        query={query}
        groups={shown}
        hidden={hidden}
        there={groups.length - hidden}
        onClear={() => setFilter('')}
        onRetry={setRetried}
      />
      {retried !== undefined && <FailureRetry group={retried} onClose={() => setRetried(undefined)} />}
    </>
  );
}

type ChipProps = {
  readonly hidden: number;
  readonly value: string;
  readonly onChange: (value: string) => void;
};

function AcknowledgedChip({ hidden, value, onChange }: ChipProps) {
  const isOpen = value === 'shown';

  return (
    <button
      type="button"
      className="chip"
      aria-pressed={isOpen}
      onClick={() => onChange(isOpen ? 'hidden' : 'shown')}
    >
      Acknowledged ({hidden})
    </button>
  );
}

type GroupsProps = Pick<ListPanelProps, 'query' | 'there' | 'onClear'> & {
  readonly groups: readonly FailureGroup[];
  readonly hidden: number;
  readonly onRetry: (group: FailureGroup) => void;
};

function Groups({ groups, hidden, onRetry, ...list }: GroupsProps) {
  if (groups.length === 0) {
    return (
      <ListPanel {...list} title="Failures" shown={0} nothing={<NoFailures hidden={hidden} />}>
        {null}
      </ListPanel>
    );
  }

  return (
    <ul className="failures">
      {groups.map((group) => (
        <li key={group.key}>
          <FailureCard group={group} onRetry={onRetry} />
        </li>
      ))}
    </ul>
  );
}

function NoFailures({ hidden }: { readonly hidden: number }) {
  if (hidden > 0) return <p>Every failure is acknowledged.</p>;

  return (
    <EmptyNote
      text="No run has failed. When one does, those that failed alike stand here together."
      command="workflow list --where status=FAILED"
      action={{ label: 'Runs', href: '/runs' }}
    />
  );
}

function fits({ definition, task = '', code, message }: FailureGroup, filter: string): boolean {
  return [definition, task, code, message].join(' ').toLowerCase().includes(filter.trim().toLowerCase());
}
