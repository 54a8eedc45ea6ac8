import { type InfiniteData, type QueryKey, useInfiniteQuery } from '@tanstack/react-query';

/** A page of a list, as every operation that lists answers it. */
type Page<Item> = {
  readonly items: readonly Item[];
  readonly total: number;
  readonly next?: string | undefined;
};
type Wanted = { readonly limit: number; readonly after: string | undefined };

const pageRows = 100;

/** A list as far as it was read. */
export type Pages<Item, List> = {
  readonly items: readonly Item[];
  readonly first: List | undefined;
  readonly total: number;
  readonly isPending: boolean;
  readonly isLoadingMore: boolean;
  readonly hasMore: boolean;
  readonly error: unknown;
  readonly loadMore: () => void;
  readonly reload: () => void;
};

/** Reads a list page by page, as far as somebody asks for. */
export function usePages<Item, List extends Page<Item>>(
  queryKey: QueryKey,
  ask: (wanted: Wanted, signal: AbortSignal) => Promise<List & Page<Item>>,
): Pages<Item, List> {
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => ask({ limit: pageRows, after: pageParam || undefined }, signal),
    initialPageParam: '',
    getNextPageParam: (last: Page<Item>) => last.next,
    // What was shown stays until the answer to the next question is there.
    placeholderData: (before: InfiniteData<List & Page<Item>, string> | undefined) => before,
  });
  const { hasNextPage, isFetchingNextPage } = query;
  const pages = query.data?.pages ?? [];

  return {
    items: pages.flatMap(({ items }) => items),
    first: pages[0],
    total: pages.at(-1)?.total ?? 0,
    isPending: query.isPending,
    isLoadingMore: isFetchingNextPage,
    hasMore: hasNextPage,
    error: query.data === undefined ? query.error : undefined,
    loadMore: () => {
      if (hasNextPage && !isFetchingNextPage) void query.fetchNextPage();
    },
    reload: () => void query.refetch(),
  };
}

type ShownPages = Pick<Pages<unknown, unknown>, 'hasMore' | 'isLoadingMore' | 'loadMore' | 'total'> & {
  /** Of what, where the page does not tell. */
  readonly of?: string;
};

/** Reads the next page of a list; nothing at its end. */
export function ShowMore({ hasMore, isLoadingMore, loadMore, total, of = '' }: ShownPages) {
  if (!hasMore) return null;

  return (
    <p className="panel-body">
      <button type="button" disabled={isLoadingMore} onClick={loadMore}>
        {isLoadingMore ? 'Loading ...' : `Show more of ${total} ${of}`.trim()}
      </button>
    </p>
  );
}

/** `100 of 11000`, or the number alone where all are shown. */
export function countText(shown: number, total: number): string {
  return total > shown ? `${shown} of ${total}` : `${shown}`;
}
