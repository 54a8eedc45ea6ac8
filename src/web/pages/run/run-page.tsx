import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';
import type { RunPage } from '../../../api/run.ts';
import { getJson, useApi } from '../../api/client.ts';
import { useKeys } from '../../keys/use-keys.ts';
import { CopyButton, copyText } from '../../parts/copy-button.tsx';
import { Duration } from '../../parts/duration.tsx';
import { ErrorBoundary } from '../../parts/error-boundary.tsx';
import { DataTree } from '../../parts/json/data-tree.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { StatusBadge } from '../../parts/status/status-badge.tsx';
import { shownWaiting, statusLook } from '../../parts/status/status-look.ts';
import { TimeText } from '../../parts/time-text.tsx';
import { StaleMark, Unloaded } from '../../parts/unloaded.tsx';
import { usePageTitle } from '../../session/page-title.ts';
import './run.css';
import './run-detail.css';
import './run-menu.css';
import { menuId, RunActions } from './actions/run-actions.tsx';
import { RunTabs } from './run-tabs.tsx';
import { type RunUrl, type Tab, tabs } from './run-url.ts';
import { type Go, partParams, type RunPageState, type RunPart, useRunUrl } from './run-view.ts';
import { laterEvent } from './timeline/scrub.ts';
import { WhyBox } from './why-box.tsx';

/** What the tabs read besides the run itself; the others need to know the run first. */
const parts: Partial<Readonly<Record<Tab, RunPart>>> = {
  timeline: 'timeline',
  graph: 'graph',
  context: 'context',
  agents: 'agents',
  logs: 'logs',
};
/** A whole id: whatever else names a run is another key than the one that the tab will ask by. */
const wholeId = /^[0-9a-z]{26}$/;

/** The page of one run, at `/runs/:run`: how it is, why, what can be done, and all that happened. */
export function RunPageView({ params }: { readonly params: Readonly<Record<string, string | undefined>> }) {
  const run = params['run'] ?? '';

  return <RunScreen key={run} run={run} />;
}

function RunScreen({ run }: { readonly run: string }) {
  const [url, go] = useRunUrl();
  usePartAhead(run, url);
  const { data, error, refetch } = useApi(['runs', run], url.at === undefined ? undefined : { at: url.at }, {
    keepsPrevious: true,
  });
  useFullId(run, data?.run);
  usePageTitle(data === undefined ? run : `${data.definition.id} ${data.key ?? data.shortId}`, data?.shown);
  useRunKeys({ page: data, url, go });
  if (data === undefined) {
    return (
      <div className="run-page">
        <h1 className="mono">{run}</h1>
        <Unloaded error={error} onRetry={() => void refetch()} />
      </div>
    );
  }

  return <Loaded view={{ page: data, url, go }} error={error} />;
}

function Loaded({ view, error }: { readonly view: RunPageState; readonly error: unknown }) {
  return (
    <div className="run-page" data-past={view.page.isPast}>
      <RunHeader view={view} />
      <StatusSaid page={view.page} />
      <StaleMark />
      {error === null ? null : <ProblemNote error={error} />}
      <ErrorBoundary>
        <WhyBox view={view} />
      </ErrorBoundary>
      <RunTabs view={view} />
    </div>
  );
}

/** `@last` and the beginnings of ids are for typing: the address to be copied has the whole id. */
function useFullId(asked: string, told: string | undefined): void {
  const [, navigate] = useLocation();
  useEffect(() => {
    if (told === undefined || told === asked) return;
    navigate(`/runs/${encodeURIComponent(told)}${window.location.search}`, { replace: true });
  }, [asked, told, navigate]);
}

/** Asks for what the tab will show together with the run, and not behind it: once, when the page is opened. */
function usePartAhead(run: string, { tab, at, view }: RunUrl): void {
  const client = useQueryClient();
  const isDone = useRef(false);
  useEffect(() => {
    const part = parts[tab];
    if (isDone.current || part === undefined || !wholeId.test(run)) return;
    isDone.current = true;
    const segments = ['runs', run, part] as const;
    const params = partParams(part, { at, view });
    void client.prefetchQuery({
      queryKey: params === undefined ? segments : [...segments, params],
      queryFn: ({ signal }) => getJson(segments, params, signal),
    });
  }, [client, run, tab, at, view]);
}

/** What run this is, how it is, since when, by whom, and what can be done with it. */
function RunHeader({ view }: { readonly view: RunPageState }) {
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
          <StatusBadge shown={shownWaiting(page)} />
        </span>
        {page.key === undefined ? null : <strong>{page.key}</strong>}
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

const everyMs = 5_000;

/** Tells screen readers how the run is when that changes, at most every 5 s. */
function StatusSaid({ page }: { readonly page: RunPage }) {
  const text = `${page.definition.id} is ${statusLook(page.shown).word}. ${page.why[0] ?? ''}`;
  const [said, setSaid] = useState(text);
  const lastAt = useRef(0);
  useEffect(() => {
    if (text === said) return;
    const wait = Math.max(0, lastAt.current + everyMs - Date.now());
    const timer = window.setTimeout(() => {
      lastAt.current = Date.now();
      setSaid(text);
    }, wait);

    return () => window.clearTimeout(timer);
  }, [text, said]);

  return (
    <p className="sr-only" aria-live="polite">
      {said}
    </p>
  );
}

type Place = { readonly page: RunPage | undefined; readonly url: RunUrl; readonly go: Go };

/** The keys of the page of a run: tabs, events back and on, the menu, the command that shows the same. */
function useRunKeys({ page, url, go }: Place): void {
  const moveBy = (by: number): void => {
    if (page !== undefined) go({ at: laterEvent(url.at, { by, last: page.last }) });
  };
  useKeys([
    ...tabs.map((tab, index) => ({
      keys: String(index + 1),
      what: `${tab} of the run`,
      act: () => go({ tab }),
    })),
    { keys: '[', what: 'as it was one event before', act: () => moveBy(-1) },
    { keys: ']', what: 'one event on', act: () => moveBy(1) },
    { keys: '.', what: 'actions', act: openMenu },
    {
      keys: 'c',
      what: 'copy the command that shows this run',
      act: () => void copyText(`workflow status ${page?.shortId ?? ''}`),
    },
  ]);
}

function openMenu(): void {
  const menu = document.getElementById(menuId);
  if (!(menu instanceof HTMLDetailsElement)) return;
  menu.open = true;
  menu.querySelector<HTMLElement>('.menu-list :is(button:enabled, a)')?.focus();
}
