import { type InfiniteData, type QueryClient, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import type { RunGrid, RunList } from '../../api/run.ts';
import { useSession } from '../session/session.ts';
import { onLive, startLive } from './live-hub.ts';
import {
  isSettledKey,
  latestLines,
  patchedGrid,
  patchedList,
  type StaleKey,
  staleKeys,
} from './stale-keys.ts';
import { useListening } from './use-live.ts';

const TICK_MS = 50;
/** Of how many things it is remembered when they were asked for. */
const REMEMBERED_MAX = 2_000;

/**
 * Keeps every query of the page as the event stream tells, once somebody is signed in. The page is shown when it hears
 * the stream: what it asks for then is never older than what it is told.
 */
export function LiveGate({ children }: { readonly children: ReactNode }) {
  const client = useQueryClient();
  const { isSignedIn, needsToken, version } = useSession();
  const isLocked = version !== '' && needsToken && !isSignedIn;
  const isOpen = version !== '' && !isLocked;
  const isListening = useListening();

  useEffect(() => {
    if (!isOpen) return;
    const refresher = createRefresher(client);
    const forget = onLive((messages) => {
      const lines = latestLines(messages);
      client.setQueriesData<InfiniteData<RunList>>(
        { predicate: ({ queryKey }) => isRunList(queryKey) },
        pagewise((list) => patchedList(list, lines)),
      );
      client.setQueriesData<InfiniteData<RunGrid>>(
        { queryKey: ['run-grid'] },
        pagewise((grid) => patchedGrid(grid, lines)),
      );
      refresher.add(staleKeys(messages));
    });
    const leave = startLive();

    return () => {
      leave();
      forget();
      refresher.stop();
    };
  }, [client, isOpen]);

  return isListening || isLocked ? children : null;
}

type Paged<List> = InfiniteData<List> | undefined;

function pagewise<List>(patched: (list: List) => List): (data: Paged<List>) => Paged<List> {
  return (data) => (data?.pages === undefined ? data : { ...data, pages: data.pages.map(patched) });
}

/** `['runs']` and `['runs', { ... }]`: those with a run's id behind are about that run. */
function isRunList(queryKey: readonly unknown[]): boolean {
  return queryKey[0] === 'runs' && typeof queryKey[1] !== 'string';
}

type Refresher = { readonly add: (keys: readonly StaleKey[]) => void; readonly stop: () => void };

/**
 * Asks again for what has become stale: at once, but each thing no more often than it may be, and never while it is
 * asked for already: the answer under way may be too old, so it stays on the list until that one is there.
 */
function createRefresher(client: QueryClient): Refresher {
  const due = new Map<string, { readonly key: readonly string[]; readonly atMs: number }>();
  const asked = new Map<string, number>();
  let timer: number | undefined;

  const round = (): void => {
    timer = undefined;
    for (const [name, { key, atMs }] of due) {
      if (atMs > performance.now() || isBusy(client, key)) continue;
      due.delete(name);
      if (asked.size >= REMEMBERED_MAX) asked.clear();
      asked.set(name, performance.now());
      void client.invalidateQueries({ queryKey: key, predicate: ({ queryKey }) => isOpen(queryKey, key) });
    }
    if (due.size > 0) timer = window.setTimeout(round, TICK_MS);
  };

  return {
    add: (keys) => {
      for (const { key, afterMs } of keys) {
        const name = JSON.stringify(key);
        if (!due.has(name))
          due.set(name, { key, atMs: (asked.get(name) ?? Number.NEGATIVE_INFINITY) + afterMs });
      }
      if (due.size > 0) timer ??= window.setTimeout(round, 0);
    },
    stop: () => window.clearTimeout(timer),
  };
}

function isBusy(client: QueryClient, key: readonly string[]): boolean {
  return key.length > 0 && client.isFetching({ queryKey: key }) > 0;
}

/** Everything is asked again only when it is not known what has changed; lists of runs are patched otherwise. */
function isOpen(queryKey: readonly unknown[], stale: readonly string[]): boolean {
  return stale.length === 0 ? queryKey[0] !== 'session' : !isSettledKey(queryKey);
}
