import { useState } from 'react';
import type { FailureGroup } from '../../api/insights.ts';
import { useApi } from '../api/use-api.ts';
import { useUrlState } from '../parts/use-url-state.ts';
import { usePageTitle } from '../session/page-title.ts';
import { useNow } from '../time/now.ts';
import { EmptyNote } from './empty-note.tsx';
import { FailureCard } from './failure-card.tsx';
import { foldCounts, isShown } from './failure-folds.ts';
import { FailureRetry } from './failure-retry.tsx';
import { FilterBar } from './filter-bar.tsx';
import { ListPanel, type ListPanelProps } from './list-panel.tsx';
import './failures.css';

/** What failed, those that failed alike together. What is acknowledged or muted is folded away, and counted. */
export function FailuresPage() {
  usePageTitle('Failures');
  const [filter, setFilter] = useUrlState('q');
  const query = useApi<{ readonly groups: readonly FailureGroup[] }>(['failures']);
  const groups = query.data?.groups ?? [];
  const { shown, hidden, chips } = useFolds(groups);
  // Kept here, since a group that was retried leaves the list while its outcome is read.
  const [retried, setRetried] = useState<FailureGroup>();
  const fitting = shown.filter((group) => fits(group, filter));

  return (
    <>
      <div className="page-head">
        <h1>Failures</h1>
        <FilterBar
          shown={fitting.length}
          of={groups.length}
          label="Filter failures"
          value={filter}
          onChange={setFilter}
        >
          {chips}
        </FilterBar>
      </div>
      <Groups
        query={query}
        groups={fitting}
        hidden={hidden}
        there={shown.length}
        onClear={() => setFilter('')}
        onRetry={setRetried}
      />
      {retried !== undefined && <FailureRetry group={retried} onClose={() => setRetried(undefined)} />}
    </>
  );
}

/** What is left when others are folded away, and what unfolds them. */
function useFolds(groups: readonly FailureGroup[]) {
  const now = useNow();
  const [acknowledged, setAcknowledged] = useUrlState('acknowledged', 'hidden');
  const [muted, setMuted] = useUrlState('muted', 'hidden');
  const [group] = useUrlState('group');
  const folds = { acknowledged: acknowledged === 'shown', muted: muted === 'shown', group };
  const counts = foldCounts(groups, now);
  const shown = groups.filter((each) => isShown(each, folds, now));
  const chips = (
    <>
      <FoldChip
        label={`Acknowledged (${counts.acknowledged})`}
        value={acknowledged}
        onChange={setAcknowledged}
      />
      <FoldChip label={`Muted (${counts.muted})`} value={muted} onChange={setMuted} />
    </>
  );

  return { shown, hidden: counts, chips };
}

type ChipProps = {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
};

function FoldChip({ label, value, onChange }: ChipProps) {
  const isOpen = value === 'shown';

  return (
    <button
      type="button"
      className="chip"
      aria-pressed={isOpen}
      onClick={() => onChange(isOpen ? 'hidden' : 'shown')}
    >
      {label}
    </button>
  );
}

type GroupsProps = Pick<ListPanelProps, 'query' | 'there' | 'onClear'> & {
  readonly groups: readonly FailureGroup[];
  readonly hidden: ReturnType<typeof foldCounts>;
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

function NoFailures({ hidden }: Pick<GroupsProps, 'hidden'>) {
  if (hidden.muted > 0) return <p>Every failure is acknowledged or muted.</p>;
  if (hidden.acknowledged > 0) return <p>Every failure is acknowledged.</p>;

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
