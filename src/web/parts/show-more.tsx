import type { Pages } from '../api/use-pages.ts';

type ShownPages = Pick<Pages<unknown, unknown>, 'hasMore' | 'isLoadingMore' | 'loadMore' | 'total'>;

/** Reads the next page of a list; nothing at its end. */
export function ShowMore({ hasMore, isLoadingMore, loadMore, total }: ShownPages) {
  if (!hasMore) return null;

  return (
    <p className="panel-body">
      <button type="button" disabled={isLoadingMore} onClick={loadMore}>
        {isLoadingMore ? 'Loading ...' : `Show more of ${total}`}
      </button>
    </p>
  );
}

/** `100 of 11000`, or the number alone where all are shown. */
export function countText(shown: number, total: number): string {
  return total > shown ? `${shown} of ${total}` : `${shown}`;
}
