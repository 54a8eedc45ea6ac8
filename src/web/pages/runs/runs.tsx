import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useKeys } from '../../keys/use-keys.ts';
import { Panel } from '../../parts/panel.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { usePageTitle } from '../../session/page-title.ts';
import { chosenColumns } from './columns.ts';
import { RunsFilterBar } from './filter-bar.tsx';
import { filterText, isNarrowed, type RunFilter, type RunFilterState, useRunFilter } from './run-filter.ts';
import { RunTable } from './run-table.tsx';
import { RunsGrid } from './runs-grid.tsx';
import './runs.css';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { RunList } from '../../../api/run.ts';
import { getJson, useApi } from '../../api/client.ts';
import { statusLook } from '../../parts/status/status-look.ts';
import { useSession } from '../../session/session.ts';
import { comparePath } from '../run/compare/compare-words.ts';
import type { BulkKind, BulkTarget } from './bulk.ts';
import { bulkWords } from './bulk.ts';
import { BulkDialog } from './bulk-dialog.tsx';
import { type Runs, type Selection, useRuns, useSelection } from './use-runs.ts';

const offered: readonly BulkKind[] = ['retryRun', 'pauseRun', 'resumeRun', 'cancelRun', 'terminateRun'];

/** All runs: found by what is asked for, watched as they go, and changed many at once. */
export function RunsPage() {
  const filter = useRunFilter();
  const runs = useRuns(filter);
  const counts = useCounts(filter);
  const [cols, setCols] = useUrlState('cols');
  const [view, setView] = useUrlState('view');
  usePageTitle('Runs');

  return (
    <>
      <div className="page-head">
        <h1>Runs</h1>
        <span className="soft" aria-live="off">
          {counts === undefined ? '' : `${counts.total} of ${counts.all}`}
        </span>
        <span className="end">
          <button
            type="button"
            aria-pressed={view === 'grid'}
            onClick={() => setView(view === 'grid' ? '' : 'grid')}
          >
            {view === 'grid' ? 'List' : 'Grid'}
          </button>
          <Link href="/definitions" className="button primary">
            Start a run
          </Link>
        </span>
      </div>
      <RunsFilterBar filter={filter} counts={counts?.counts ?? {}} cols={cols} onCols={setCols} />
      <DefinitionStrip where={filter.where} />
      <RunsPanel
        filter={filter}
        runs={runs}
        matching={counts?.total ?? 0}
        cols={cols}
        isGrid={view === 'grid'}
      />
    </>
  );
}

type RunsPanelProps = {
  readonly filter: RunFilterState;
  readonly runs: Runs;
  readonly matching: number;
  readonly cols: string;
  readonly isGrid: boolean;
};

function RunsPanel({ filter, runs, matching, cols, isGrid }: RunsPanelProps) {
  const selection = useSelection(runs.rows);
  const [at, setAt] = useState(-1);
  useRowKeys({ runs, at, setAt, toggle: selection.toggle });

  return (
    <>
      <BulkBar filter={filter} selection={selection} matching={matching} />
      {runs.newer > 0 && (
        <button type="button" className="newer" onClick={runs.reload}>
          {runs.newer} new, show
        </button>
      )}
      <Panel
        title="Runs"
        isFlush
        isLoading={runs.isPending}
        error={runs.rows.length === 0 ? runs.error : undefined}
        onRetry={runs.reload}
        empty={runs.rows.length === 0 ? <NoRuns filter={filter} /> : undefined}
      >
        {isGrid ? (
          <RunsGrid filter={filter} />
        ) : (
          <RunTable runs={runs} columns={chosenColumns(cols)} selection={selection} at={at} />
        )}
      </Panel>
    </>
  );
}

type RowKeys = {
  readonly runs: Runs;
  readonly at: number;
  readonly setAt: (at: number) => void;
  readonly toggle: (run: string) => void;
};

function useRowKeys({ runs: { rows }, at, setAt, toggle }: RowKeys): void {
  const [, navigate] = useLocation();
  const current = rows[at];
  useKeys([
    { keys: 'j', what: 'next row', act: () => setAt(Math.min(rows.length - 1, at + 1)) },
    { keys: 'k', what: 'row before', act: () => setAt(Math.max(0, at - 1)) },
    {
      keys: 'Enter',
      what: 'open the row',
      act: () => current !== undefined && navigate(`/runs/${current.run}`),
    },
    { keys: 'x', what: 'select the row', act: () => current !== undefined && toggle(current.run) },
    {
      keys: '.',
      what: 'what can be done',
      act: () => document.querySelector<HTMLElement>('.bulk-bar button')?.focus(),
    },
  ]);
}

function NoRuns({ filter }: { readonly filter: RunFilterState }) {
  if (isNarrowed(filter)) {
    return (
      <>
        Nothing matches this filter.
        <button type="button" onClick={filter.clear}>
          Clear the filter
        </button>
      </>
    );
  }

  return (
    <>
      <p>
        No runs yet. On the command line: <code>workflow start &lt;definition&gt;</code>
      </p>
      <Link href="/definitions" className="button">
        Choose a definition
      </Link>
    </>
  );
}

type BulkBarProps = {
  readonly filter: RunFilterState;
  readonly selection: Selection;
  /** The number of runs that match the filter, shown or not. */
  readonly matching: number;
};

/** What can be done to the chosen runs. All that match the filter are chosen by a click of their own. */
function BulkBar({ filter, selection, matching }: BulkBarProps) {
  const [isEvery, setEvery] = useState(false);
  const [kind, setKind] = useState<BulkKind | undefined>();
  const { readOnly } = useSession();
  if (selection.runs.size === 0) return null;
  const all = isEvery && selection.isAll;
  const target: BulkTarget = all ? { filter } : { runs: [...selection.runs] };
  const clear = (): void => {
    setEvery(false);
    selection.clear();
  };

  return (
    <section className="bulk-bar" aria-label="The selected runs">
      <strong>{all ? `All ${matching} that match this filter` : `${selection.runs.size} selected`}</strong>
      {selection.isAll && !all && matching > selection.runs.size && (
        <button type="button" onClick={() => setEvery(true)}>
          Choose all {matching} that match
        </button>
      )}
      <CompareLink runs={[...selection.runs]} />
      {(readOnly ? [] : offered).map((one) => (
        <button key={one} type="button" onClick={() => setKind(one)}>
          {bulkWords[one].label} ...
        </button>
      ))}
      <button type="button" className="quiet" onClick={clear}>
        Clear
      </button>
      {kind !== undefined && (
        <BulkDialog
          kind={kind}
          target={target}
          chosen={all ? filterText(filter) : 'chosen by hand'}
          onClose={() => setKind(undefined)}
        />
      )}
    </section>
  );
}

/** Two runs can be held against each other. */
function CompareLink({ runs: [one, other, ...more] }: { readonly runs: readonly string[] }) {
  if (one === undefined || other === undefined || more.length > 0) return null;

  return (
    <Link href={comparePath(one, other)} className="button">
      Compare
    </Link>
  );
}

/** When the list is of one definition: how its last twenty runs went, each a link. */
function DefinitionStrip({ where }: { readonly where: string }) {
  const id = /(?:^|\s)definition=([^\s,@]+)(?:\s|$)/.exec(where)?.[1];
  const definitions = useApi(['definitions'], undefined, {
    isEnabled: id !== undefined,
  });
  const row = definitions.data?.items.find((one) => one.id === id);
  if (row === undefined || row.recent.length === 0) return null;

  return (
    <section
      className="chips"
      aria-label={`The last ${row.recent.length} runs of ${row.id}, the latest last`}
    >
      <span className="soft">last {row.recent.length}</span>
      <span className="strip">
        {row.recent.map(({ run, shown }) => {
          const { hue, word } = statusLook(shown);

          return (
            <Link
              key={run}
              href={`/runs/${run}`}
              data-hue={hue}
              title={word}
              aria-label={`${word}, run ${run}`}
            />
          );
        })}
      </span>
      <Link href={`/start/${encodeURIComponent(row.id)}`}>Start {row.id}</Link>
    </section>
  );
}

/** How many runs fit by status, as it is now: asked for apart, so that the rows may stay as they are. */
function useCounts({ q, where, status }: RunFilter): RunList | undefined {
  const params = { q, where, status, limit: 1 };

  return useQuery({
    queryKey: ['counts', params],
    queryFn: ({ signal }) => getJson(['runs'], params, signal),
    placeholderData: keepPreviousData,
  }).data;
}
