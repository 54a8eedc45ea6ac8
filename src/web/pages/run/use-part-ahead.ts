import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { getJson } from '../../api/client.ts';
import type { RunUrl, Tab } from './run-url.ts';

/** What the tabs read besides the run itself; the others need to know the run first. */
const parts: Partial<Readonly<Record<Tab, string>>> = {
  timeline: 'timeline',
  graph: 'graph',
  context: 'context',
  agents: 'agents',
  logs: 'logs',
};
/** A whole id: whatever else names a run is another key than the one that the tab will ask by. */
const wholeId = /^[0-9a-z]{26}$/;

/** Asks for what the tab will show together with the run, and not behind it: once, when the page is opened. */
export function usePartAhead(run: string, { tab, at }: RunUrl): void {
  const client = useQueryClient();
  const isDone = useRef(false);
  useEffect(() => {
    const part = parts[tab];
    if (isDone.current || part === undefined || !wholeId.test(run)) return;
    isDone.current = true;
    const segments = ['runs', run, part];
    const params = at === undefined ? undefined : { at };
    void client.prefetchQuery({
      queryKey: params === undefined ? segments : [...segments, params],
      queryFn: ({ signal }) => getJson<unknown>(segments, params, signal),
    });
  }, [client, run, tab, at]);
}
