import { type ComponentType, StrictMode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { applyTheme, nextTheme, storedTheme } from './session/theme.ts';
import './style/tokens.css';
import './style/base.css';
import './style/tables.css';
import './style/layout.css';
import './style/parts.css';
import './style/tabs.css';
import './style/forms.css';
import './style/forced-colors.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { Link, Route, Switch, useLocation } from 'wouter';
import { createQueryClient, createSession } from './api/client.ts';
import { areaOf, areas, isBelow } from './app-pages.ts';
import { listenToKeys } from './keys/key-hub.ts';
import { KeySheet } from './keys/key-sheet.tsx';
import { Palette } from './keys/palette.tsx';
import { useKeys } from './keys/use-keys.ts';
import { LiveDot } from './live/live-dot.tsx';
import { LiveGate } from './live/live-gate.tsx';
import type { PageProps } from './page-props.ts';
import { NotFoundPage } from './pages/not-found.tsx';
import { copyText } from './parts/copy-button.tsx';
import { ErrorBoundary } from './parts/error-boundary.tsx';
import { NotLoaded } from './parts/not-loaded.ts';
import { type LatePart, LoadedPart } from './parts/part.tsx';
import { useSession } from './session/session.ts';
import { SessionGate } from './session/session-gate.tsx';
import { useTimeMode } from './time/zone.ts';

/** Whether a page has come since this one was loaded: where none has, to load it anew at once might never end. */
let hasOne = false;

const page = (path: string, load: () => Promise<ComponentType<PageProps>>): Page => ({
  path,
  part: {
    load: async () => {
      try {
        const loaded = await load();
        hasOne = true;

        return loaded;
      } catch (cause) {
        throw new NotLoaded('this page', { cause, reloading: hasOne ? 'now' : 'back' });
      }
    },
  },
});

/** Every page of the dashboard by its address. Each is loaded when it is first asked for. */
const pages: readonly Page[] = [
  page('/', async () => (await import('./pages/home/home.tsx')).HomePage),
  page('/runs', async () => (await import('./pages/runs/runs.tsx')).RunsPage),
  page('/runs/:run', async () => (await import('./pages/run/run-page.tsx')).RunPageView),
  page(
    '/runs/:run/compare/:other',
    async () => (await import('./pages/run/compare/compare-page.tsx')).ComparePage,
  ),
  page('/start/:definition', async () => (await import('./pages/start/start.tsx')).StartPage),
  page('/approvals', async () => (await import('./pages/approvals/approvals.tsx')).ApprovalsPage),
  page('/approvals/:run/:task', async () => (await import('./pages/approvals/approvals.tsx')).ApprovalsPage),
  page('/agents', async () => (await import('./pages/agent/agents.tsx')).AgentsPage),
  page('/agents/:name', async () => (await import('./pages/agent/agent.tsx')).AgentView),
  page('/map', async () => (await import('./pages/map.tsx')).MapPage),
  page('/triggers', async () => (await import('./pages/triggers/triggers.tsx')).TriggersPage),
  page('/goals', async () => (await import('./pages/goals/goals.tsx')).GoalsPage),
  page('/goals/:name', async () => (await import('./pages/goals/goal.tsx')).GoalPage),
  page('/worksets', async () => (await import('./pages/worksets/worksets.tsx')).WorksetsPage),
  page('/worksets/:name', async () => (await import('./pages/worksets/workset.tsx')).WorksetView),
  page('/emergency', async () => (await import('./pages/emergency/emergency.tsx')).EmergencyPage),
  page('/events', async () => (await import('./pages/events.tsx')).EventsPage),
  page('/definitions', async () => (await import('./pages/definitions/definitions.tsx')).DefinitionsPage),
  page('/definitions/:id', async () => (await import('./pages/definitions/definition.tsx')).DefinitionView),
  page('/definitions/:id/edit', async () => (await import('./pages/editor/editor.tsx')).EditorPage),
  page('/new', async () => (await import('./pages/editor/editor.tsx')).EditorPage),
  page('/import', async () => (await import('./pages/import/import.tsx')).ImportPage),
  page('/templates', async () => (await import('./pages/templates.tsx')).TemplatesPage),
  page('/history', async () => (await import('./pages/history.tsx')).HistoryPage),
  page('/insights', async () => (await import('./pages/insights/insights.tsx')).InsightsPage),
  page('/failures', async () => (await import('./pages/failures/failures.tsx')).FailuresPage),
  page('/sign-in', async () => (await import('./pages/sign-in.tsx')).SignInPage),
];

const client = createQueryClient();
/** What a link carries behind its path, to be given for a session once. */
const linkCode = /^#(c[\w-]{35})$/;

applyTheme(storedTheme());
const root = document.getElementById('root');

if (root !== null) {
  // Before anything is asked that needs somebody who is signed in.
  await redeemLink();
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}

/**
 * Signs in by the code of the link that this page was opened by, and takes it out of the address and the history. A
 * code that opens nothing any more changes nothing: who is signed in stays so, others come to the sign-in page.
 */
async function redeemLink(): Promise<void> {
  const [, code] = linkCode.exec(window.location.hash) ?? [];
  if (code === undefined) return;
  const { pathname, search } = window.location;
  window.history.replaceState(null, '', pathname + search);
  await createSession(code).catch(() => undefined);
}

/** The whole dashboard. */
function App() {
  return (
    <QueryClientProvider client={client}>
      <SessionGate>
        <a className="skip-link" href="#page">
          Skip to the page
        </a>
        <AppTop />
        <LiveGate>
          <AppKeys />
          <CurrentPage />
        </LiveGate>
      </SessionGate>
    </QueryClientProvider>
  );
}

function CurrentPage() {
  const [location] = useLocation();
  const main = useRef<HTMLElement>(null);
  const before = useRef(location);
  // Whoever uses the keyboard or listens to the page is taken along to the new one: always into another section, and
  // within one where what had the focus went away with the page before.
  useEffect(() => {
    const isNew = before.current.split('/')[1] !== location.split('/')[1];
    const isLost = before.current !== location && document.activeElement === document.body;
    if (isNew || isLost) main.current?.focus({ preventScroll: true });
    before.current = location;
  }, [location]);

  return (
    <main ref={main} id="page" className="page" tabIndex={-1}>
      <ErrorBoundary key={location}>
        <Switch>
          {pages.map(({ path, part }) => (
            <Route key={path} path={path}>
              {(params) => (
                <LoadedPart part={part} props={{ params }} loading={<p className="soft">Loading ...</p>} />
              )}
            </Route>
          ))}
          <Route>
            <NotFoundPage />
          </Route>
        </Switch>
      </ErrorBoundary>
    </main>
  );
}

/** The keys that hold on every page, the sheet that lists them, and the palette. */
function AppKeys() {
  const [open, setOpen] = useState<'sheet' | 'palette' | undefined>();
  const [, navigate] = useLocation();
  const close = (): void => setOpen(undefined);
  useLayoutEffect(listenToKeys, []);
  useKeys([
    { keys: '?', what: 'this list', act: () => setOpen('sheet') },
    { keys: 'Ctrl-K', what: 'go to anything', act: () => setOpen('palette') },
    { keys: '/', what: 'filter, or find', act: () => focusFilter() || setOpen('palette') },
    { keys: 'y', what: 'copy the link to this page', act: () => void copyText(window.location.href) },
    { keys: 'Escape', what: 'back', act: goBack },
    ...areas
      .flatMap(({ pages }) => pages)
      .flatMap(({ keys, label, path }) =>
        keys === undefined ? [] : [{ keys, what: `go to ${label.toLowerCase()}`, act: () => navigate(path) }],
      ),
  ]);

  return (
    <>
      {open === 'sheet' && <KeySheet onClose={close} />}
      {open === 'palette' && <Palette onClose={close} />}
    </>
  );
}

/** Not out of the dashboard, where the browser tells what was open before it in this tab. */
function goBack(): void {
  if (!('navigation' in window) || window.navigation.canGoBack) window.history.back();
}

/** The first field of the page that filters; false where there is none. */
function focusFilter(): boolean {
  const field = document.querySelector<HTMLElement>('#page input[type=search]');
  field?.focus();

  return field !== null;
}

/** What stands above every page: where one is, whether it is live, and who one is. */
function AppTop() {
  const { band } = useSession();
  const [location] = useLocation();
  const area = areaOf(location);

  return (
    <header>
      {band !== undefined && <div className="band">{band}</div>}
      <div className="top">
        <Link href="/" className="brand">
          3OX Workflow
        </Link>
        <nav className="areas" aria-label="Areas">
          {areas.map(({ name, path }) => (
            <Link key={name} href={path} aria-current={name === area ? 'true' : undefined}>
              {name}
            </Link>
          ))}
        </nav>
        <TopEnd />
      </div>
      <nav className="pages-nav" aria-label={area.toLowerCase()}>
        <ul>
          {areas
            .find(({ name }) => name === area)
            ?.pages.map(({ path, label }) => (
              <li key={path}>
                <Link href={path} aria-current={isBelow(location, path) ? 'page' : undefined}>
                  {label}
                </Link>
              </li>
            ))}
        </ul>
      </nav>
    </header>
  );
}

function TopEnd() {
  const { actor, readOnly, namespace, version } = useSession();

  return (
    <div className="top-end">
      <LiveDot />
      {readOnly && version !== '' && <strong>read-only</strong>}
      <span className="soft hide-narrow" title={`version ${version}`}>
        {actor} · {namespace}
      </span>
      <TimesSwitch />
      <ThemeSwitch />
    </div>
  );
}

function ThemeSwitch() {
  const [theme, setTheme] = useState(storedTheme);
  const change = (): void => {
    const next = nextTheme(theme);
    applyTheme(next);
    setTheme(next);
  };

  return (
    <button type="button" className="quiet" title="Theme" onClick={change}>
      <span className="hide-narrow">Theme: </span>
      {theme}
    </button>
  );
}

function TimesSwitch() {
  const [mode, setMode] = useTimeMode();
  const next = { relative: 'local', local: 'utc', utc: 'relative' } as const;

  return (
    <button type="button" className="quiet" title="Time display" onClick={() => setMode(next[mode])}>
      <span className="hide-narrow">Times: </span>
      {mode}
    </button>
  );
}

type Page = { readonly path: string; readonly part: LatePart<PageProps> };
