import { type InfiniteData, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import type { RunList } from '../../api/run.ts';
import { useSession } from '../session/session.ts';
import { onLive, startLive } from './live-hub.ts';
import { createRefresher } from './refresher.ts';
import { latestLines, patchedList } from './run-lists.ts';
import { staleKeys } from './stale-keys.ts';
import { useListening } from './use-live.ts';

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
        (data) =>
          data?.pages === undefined
            ? data
            : { ...data, pages: data.pages.map((list) => patchedList(list, lines)) },
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

/** `['runs']` and `['runs', { ... }]`: those with a run's id behind are about that run. */
function isRunList(queryKey: readonly unknown[]): boolean {
  return queryKey[0] === 'runs' && typeof queryKey[1] !== 'string';
}
