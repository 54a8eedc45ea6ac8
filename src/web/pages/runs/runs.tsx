import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useKeys } from '../../keys/use-keys.ts';
import { Panel } from '../../parts/panel.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { usePageTitle } from '../../session/page-title.ts';
import { BulkBar } from './bulk-bar.tsx';
import { chosenColumns } from './columns.ts';
import { DefinitionStrip } from './definition-strip.tsx';
import { FilterBar } from './filter-bar.tsx';
import { isNarrowed, type RunFilterState, useRunFilter } from './run-filter.ts';
import { RunTable } from './run-table.tsx';
import { RunsGrid } from './runs-grid.tsx';
import './runs.css';
import { useCounts } from './use-counts.ts';
import { type Runs, useRuns } from './use-runs.ts';
import { useSelection } from './use-selection.ts';

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
          {counts === undefined ? '' : `${counts.matching} of ${counts.total}`}
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
      <FilterBar filter={filter} counts={counts?.counts ?? {}} cols={cols} onCols={setCols} />
      <DefinitionStrip where={filter.where} />
      <RunsPanel
        filter={filter}
        runs={runs}
        matching={counts?.matching ?? 0}
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
          <RunsGrid runs={runs} />
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
