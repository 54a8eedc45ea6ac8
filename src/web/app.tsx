import { QueryClientProvider } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { Route, Switch, useLocation } from 'wouter';
import { createQueryClient } from './api/query-client.ts';
import { AppKeys } from './app-keys.tsx';
import { AppTop } from './app-top.tsx';
import { LiveGate } from './live/live-gate.tsx';
import { NotFoundPage } from './pages/not-found.tsx';
import { ErrorBoundary } from './parts/error-boundary.tsx';
import { Part } from './parts/part.tsx';
import { pages } from './router.tsx';
import { SessionGate } from './session/session-gate.tsx';

const client = createQueryClient();

/** The whole dashboard. */
export function App() {
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
                <Part part={part} props={{ params }} loading={<p className="soft">Loading ...</p>} />
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
