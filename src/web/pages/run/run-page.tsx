import { useEffect, useRef } from 'react';
import { useLocation } from 'wouter';
import { getJson, useApi } from '../../api/client.ts';
import { ErrorBoundary } from '../../parts/error-boundary.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { StaleMark, Unloaded } from '../../parts/unloaded.tsx';
import { usePageTitle } from '../../session/page-title.ts';
import './run.css';
import './run-detail.css';
import './run-menu.css';
import { useQueryClient } from '@tanstack/react-query';
import { RunHeader } from './run-header.tsx';
import { RunTabs } from './run-tabs.tsx';
import type { RunUrl, Tab } from './run-url.ts';
import { partParams, type RunPageState, type RunPart } from './run-view.ts';
import { StatusSaid } from './status-said.tsx';
import { useRunKeys } from './use-run-keys.ts';
import { useRunUrl } from './use-run-url.ts';
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
  usePageTitle(data === undefined ? run : `${data.definition.id} ${data.shortId}`, data?.shown);
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
