import { useState } from 'react';
import type { FailureGroup } from '../../../api/insights.ts';
import { useApi } from '../../api/client.ts';
import { useUrlState } from '../../parts/use-url-state.ts';
import { usePageTitle } from '../../session/page-title.ts';
import { useNow } from '../../time/now.ts';
import { EmptyNote } from '../empty-note.tsx';
import { FilterBar } from '../filter-bar.tsx';
import { ListPanel, type ListPanelProps } from '../list-panel.tsx';
import { foldCounts, isShown } from './failure-folds.ts';
import { FailureRetry } from './failure-retry.tsx';
import '../failures.css';
import { Link } from 'wouter';
import { ChangeButton } from '../../parts/action-button.tsx';
import { StatusBadge } from '../../parts/status/status-badge.tsx';
import { TimeText } from '../../parts/time-text.tsx';
import { TriageActions, TriageNotes } from './failure-triage.tsx';

const LATEST_MAX = 5;

/** What failed, those that failed alike together. What is acknowledged or muted is folded away, and counted. */
export function FailuresPage() {
  usePageTitle('Failures');
  const [filter, setFilter] = useUrlState('q');
  const query = useApi(['failures']);
  const groups = query.data?.items ?? [];
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
          of={query.data?.total ?? 0}
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

type FailureCardProps = {
  readonly group: FailureGroup;
  readonly onRetry: (group: FailureGroup) => void;
};

/** Runs that failed alike: how many, since when, the latest of them, and what may be done about all at once. */
function FailureCard({ group, onRetry }: FailureCardProps) {
  const { definition, task, code, message, count, firstAt, lastAt, versions, workers, where, runs } = group;
  const place = task === undefined ? definition : `${definition} · ${task}`;

  return (
    <article className="panel failure" aria-label={`${place}: ${code}`}>
      <header>
        <StatusBadge status="FAILED" word={`${count} ${count === 1 ? 'run' : 'runs'}`} />
        <h2>
          <Link href={`/definitions/${encodeURIComponent(definition)}`}>{definition}</Link>
          {task !== undefined && <span> · {task}</span>}
        </h2>
        <code>{code}</code>
        <span className="end">
          <TriageActions group={group} />
          <ChangeButton onClick={() => onRetry(group)}>Retry all ...</ChangeButton>
        </span>
      </header>
      <div className="panel-body">
        <pre className="failure-message">{message}</pre>
        <p className="soft">
          First <TimeText iso={firstAt} />, last <TimeText iso={lastAt} />
          {versions.length > 0 && <>, versions {versions.join(', ')}</>}
          {workers.length > 0 && <>, on {workers.join(', ')}</>}
        </p>
        <TriageNotes group={group} />
        <p className="chips">
          {runs.slice(0, LATEST_MAX).map((run) => (
            <Link key={run} href={`/runs/${run}`} className="mono">
              {run.slice(-8)}
            </Link>
          ))}
          <Link href={`/runs?where=${encodeURIComponent(where)}`}>all {count} in the runs list</Link>
        </p>
      </div>
    </article>
  );
}
