import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import type { RunLine, RunList } from '../../../api/run.ts';
import { getJson } from '../../api/client.ts';
import { useLive } from '../../live/use-live.ts';
import type { RunFilter } from './run-filter.ts';

const PAGE_ROWS = 100;

export type Runs = {
  readonly rows: readonly RunLine[];
  readonly first: RunList | undefined;
  readonly isPending: boolean;
  readonly error: unknown;
  /** The number of runs that came since the list was read. They are shown on request: nothing moves by itself. */
  readonly newer: number;
  readonly reload: () => void;
  readonly loadMore: () => void;
};

/** The runs that fit a filter, page by page; rows are kept as the stream tells, and stay where they are. */
export function useRuns({ q, where, status, sort }: RunFilter): Runs {
  const params = { q, where, status, sort, limit: PAGE_ROWS };
  const query = useInfiniteQuery({
    queryKey: ['runs', params],
    queryFn: ({ pageParam, signal }) =>
      getJson(['runs'], { ...params, after: pageParam || undefined }, signal),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  });
  const [newer, forget] = useNewer(query.data?.pages);
  const client = useQueryClient();
  const reload = useCallback(() => {
    forget();
    void client.resetQueries({
      queryKey: ['runs', { q, where, status, sort, limit: PAGE_ROWS }],
      exact: true,
    });
    void client.resetQueries({ queryKey: ['run-grid'] });
  }, [client, forget, q, where, status, sort]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const loadMore = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  return {
    rows: query.data?.pages.flatMap(({ items }) => items) ?? [],
    first: query.data?.pages[0],
    isPending: query.isPending,
    error: query.error,
    newer,
    reload,
    loadMore,
  };
}

function useNewer(pages: readonly RunList[] | undefined): readonly [number, () => void] {
  const [newer, setNewer] = useState<ReadonlySet<string>>(new Set());
  useLive((messages) => {
    const since = pages?.[0]?.position ?? Number.POSITIVE_INFINITY;
    const begun = messages.flatMap((one) =>
      one.kind === 'run' && one.sequence === 1 && one.position > since ? [one.run] : [],
    );
    if (begun.length > 0) setNewer((before) => new Set([...before, ...begun]));
  });
  const forget = useCallback(() => setNewer(new Set()), []);

  return [newer.size, forget];
}

export type Selection = {
  readonly runs: ReadonlySet<string>;
  readonly toggle: (run: string) => void;
  /** Every row that has been read, or none when all of them are chosen. */
  readonly toggleAll: () => void;
  readonly isAll: boolean;
  readonly clear: () => void;
};

/** The runs that are chosen by hand among the rows of the list. */
export function useSelection(rows: readonly RunLine[]): Selection {
  const [runs, setRuns] = useState<ReadonlySet<string>>(new Set());
  const toggle = useCallback((run: string) => {
    setRuns((before) => {
      const after = new Set(before);
      if (!after.delete(run)) after.add(run);

      return after;
    });
  }, []);
  const isAll = rows.length > 0 && rows.every(({ run }) => runs.has(run));

  return useMemo(
    () => ({
      runs,
      toggle,
      toggleAll: () => setRuns(isAll ? new Set() : new Set(rows.map(({ run }) => run))),
      isAll,
      clear: () => setRuns(new Set()),
    }),
    [runs, toggle, isAll, rows],
  );
}
