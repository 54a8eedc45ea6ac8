import { Link } from 'wouter';
import type { RunPage } from '../../../api/run.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Duration } from '../../parts/duration.tsx';
import { DataTree } from '../../parts/json/data-tree.tsx';
import { StatusBadge } from '../../parts/status/status-badge.tsx';
import { TimeText } from '../../parts/time-text.tsx';
import { RunActions } from './actions/run-actions.tsx';
import type { RunPageState } from './run-view.ts';

/** What run this is, how it is, since when, by whom, and what can be done with it. */
export function RunHeader({ view }: { readonly view: RunPageState }) {
  const { page } = view;
  const { definition } = page;

  return (
    <header className="run-head">
      <div className="page-head">
        <h1>
          <Link href={`/definitions/${encodeURIComponent(definition.id)}?version=${definition.version}`}>
            {definition.id}
          </Link>
          <span className="soft">@{definition.version}</span>
        </h1>
        <span className="run-status">
          <StatusBadge shown={page.shown} />
        </span>
        <span className="run-id">
          <code title={page.run}>{page.shortId}</code>
          <CopyButton text={page.run} label="Copy id" />
        </span>
        <span className="end">
          <RunActions view={view} />
        </span>
      </div>
      <RunTimes page={page} />
      <Inputs page={page} />
    </header>
  );
}

function RunTimes({ page }: { readonly page: RunPage }) {
  return (
    <p className="run-times soft">
      <span>
        started <TimeText iso={page.startedAt} /> by {page.startedBy}
      </span>
      <span>
        {page.endedAt === undefined ? 'running for ' : 'took '}
        <Duration from={page.startedAt} to={endOf(page)} />
        {page.typicalMs === undefined ? null : (
          <>
            {' '}
            (usually <Duration ms={page.typicalMs} />)
          </>
        )}
      </span>
      {page.expectedEndAt === undefined ? null : (
        <span>
          expected to end <TimeText iso={page.expectedEndAt} />
        </span>
      )}
      <span>
        {page.settled} of {page.taskCount} tasks settled
      </span>
      {page.parent === undefined ? null : (
        <RunLink
          run={page.parent}
          text={page.parent === page.failureOf ? 'answers the failure of' : 'part of'}
        />
      )}
      {page.failureRun === undefined ? null : <RunLink run={page.failureRun} text="failure answered by" />}
    </p>
  );
}

/** A run of the past took as long as it had by then. */
function endOf({ endedAt, isPast, updatedAt }: RunPage): string | undefined {
  return endedAt ?? (isPast ? updatedAt : undefined);
}

function RunLink({ run, text }: { readonly run: string; readonly text: string }) {
  return (
    <span>
      {text} <Link href={`/runs/${encodeURIComponent(run)}`}>{run}</Link>
    </span>
  );
}

function Inputs({ page }: { readonly page: RunPage }) {
  const names = Object.keys(page.input);
  if (names.length === 0) return null;

  return (
    <details className="run-inputs">
      <summary>
        Inputs <span className="soft">{names.join(', ')}</span>
      </summary>
      <DataTree value={page.input} label="Inputs of the run" />
    </details>
  );
}
