import { ProblemNote } from '../../../parts/problem-note.tsx';
import { VirtualList } from '../../../parts/virtual-list.tsx';
import { type EventSearch, useFoundEvents } from './event-queries.ts';
import { EventRow } from './event-row.tsx';
import '../events.css';
import type { RunPageState } from '../run-view.ts';

/** The events that fit the filter, more of them as one scrolls down. */
export function EventsFound({ view, filter }: { readonly view: RunPageState; readonly filter: EventSearch }) {
  const { data, error, fetchNextPage, hasNextPage, isFetching } = useFoundEvents(view.page, filter);
  const found = data?.pages.flatMap(({ events }) => events.toReversed()) ?? [];
  const matching = data?.pages[0]?.matching;
  if (error !== null) return <ProblemNote error={error} />;
  if (data === undefined) return <p className="empty">Looking …</p>;
  if (found.length === 0) return <p className="empty">No event fits this filter.</p>;

  return (
    <>
      <p className="soft">{matching} events fit</p>
      <VirtualList
        items={found}
        keyOf={({ sequence }) => String(sequence)}
        rowHeight={34}
        label="Events that fit"
        onEnd={() => {
          if (hasNextPage && !isFetching) void fetchNextPage();
        }}
        render={(event) => (
          <EventRow sequence={event.sequence} event={event} before={undefined} view={view} />
        )}
      />
    </>
  );
}
