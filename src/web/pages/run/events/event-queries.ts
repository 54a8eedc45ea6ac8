import { useInfiniteQuery, useQueries } from '@tanstack/react-query';
import type { RunPage } from '../../../../api/run.ts';
import type { EventLine } from '../../../../api/run-parts.ts';
import { getJson, useApi } from '../../../api/client.ts';
import { pageSize, pagesOfRows } from './event-pages.ts';

/** What events have to be like; empty: any. */
export type EventSearch = { readonly type: string; readonly task: string; readonly text: string };

/** The events of the pages that hold some rows of all events, by number, as far as they have come. */
export function useEventRows(
  run: string,
  rows: { readonly first: number; readonly last: number },
  head: number,
) {
  const results = useQueries({
    queries: pagesOfRows(rows, head).map((page) => {
      const isFull = (page + 1) * pageSize <= head;
      const after = page * pageSize;

      return {
        // A page that is full does not change any more: with a text in this place it is not asked for again.
        queryKey: ['runs', run, 'events', isFull ? `page ${page}` : { after }],
        queryFn: ({ signal }: { readonly signal: AbortSignal }) =>
          getJson(['runs', run, 'events'], { after, limit: pageSize, order: 'asc' }, signal),
        ...(isFull ? { staleTime: Number.POSITIVE_INFINITY } : {}),
      };
    }),
  });
  const events = new Map<number, EventLine>();
  for (const { data } of results) for (const event of data?.events ?? []) events.set(event.sequence, event);

  return { events, error: results.find(({ error }) => error !== null)?.error ?? null };
}

/** Events that fit, the newest first, a page at a time. */
export function useFoundEvents(page: RunPage, { type, task, text }: EventSearch) {
  const before = page.isPast ? page.sequence + 1 : undefined;

  return useInfiniteQuery({
    queryKey: ['runs', page.run, 'events', { type, task, text, before }],
    initialPageParam: before,
    queryFn: ({ pageParam, signal }) =>
      getJson(
        ['runs', page.run, 'events'],
        { types: type, task, q: text, before: pageParam, limit: pageSize, order: 'desc' },
        signal,
      ),
    getNextPageParam: ({ events }) => (events.length < pageSize ? undefined : oldestOf(events)),
  });
}

/** The types that occur in the run. */
export function useEventTypes({ run }: RunPage): readonly string[] {
  const { data } = useApi(['runs', run, 'events'], { limit: 1, order: 'desc' });

  return Object.keys(data?.types ?? {}).sort();
}

/** One event with all that it holds. */
export function useEventDetail(run: string, sequence: number) {
  return useApi(['runs', run, 'events', String(sequence)]);
}

function oldestOf(events: readonly EventLine[]): number {
  return Math.min(...events.map(({ sequence }) => sequence));
}
