import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import { ProblemNote } from '../../../parts/problem-note.tsx';
import { rowOfSequence, sequenceOfRow } from './event-pages.ts';
import { useEventRows } from './event-queries.ts';
import { EventRow } from './event-row.tsx';
import '../events.css';
import type { RunPageState } from '../run-view.ts';

const rowHeight = 34;

/** All events: any place of them can be scrolled to, and only what is in view is loaded. */
export function EventsAll({ view }: { readonly view: RunPageState }) {
  const { page, url } = view;
  const frame = useRef<HTMLElement>(null);
  const { head, unseen, showNew } = useHead(view, frame);
  const rows = useVirtualizer({
    count: head,
    getScrollElement: () => frame.current,
    estimateSize: () => rowHeight,
    getItemKey: (row) => sequenceOfRow(row, head),
    overscan: 8,
  });
  const items = rows.getVirtualItems();
  const shown = { first: items[0]?.index ?? 0, last: items.at(-1)?.index ?? 0 };
  const { events, error } = useEventRows(page.run, shown, head);
  useShownEvent(url.event, (event) => rows.scrollToIndex(rowOfSequence(event, head), { align: 'center' }));

  return (
    <>
      {error === null ? null : <ProblemNote error={error} />}
      <NewEvents count={unseen} onShow={showNew} />
      <section
        ref={frame}
        className="events"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard (WCAG 2.1.1).
        tabIndex={0}
        aria-label={`Events, ${head} in all, newest first`}
      >
        <ol style={{ height: rows.getTotalSize() }}>
          {items.map((item) => {
            const sequence = sequenceOfRow(item.index, head);

            return (
              <li
                key={item.key}
                ref={rows.measureElement}
                data-index={item.index}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <EventRow
                  sequence={sequence}
                  event={events.get(sequence)}
                  before={events.get(sequence - 1)?.time}
                  view={view}
                />
              </li>
            );
          })}
        </ol>
      </section>
    </>
  );
}

function NewEvents({ count, onShow }: { readonly count: number; readonly onShow: () => void }) {
  if (count === 0) return null;

  return (
    <button type="button" className="new-events" onClick={onShow}>
      {count} new, show
    </button>
  );
}

/** The newest event of the list. It moves on by itself only while the reader is at the top: nothing jumps. */
function useHead({ page }: RunPageState, frame: React.RefObject<HTMLElement | null>) {
  const newest = page.isPast ? page.sequence : page.last;
  const [held, setHeld] = useState(newest);
  const isAtTop = (frame.current?.scrollTop ?? 0) < rowHeight;
  const head = page.isPast || isAtTop ? newest : Math.min(held, newest);
  useEffect(() => setHeld(head), [head]);

  return {
    head,
    unseen: newest - head,
    showNew: () => {
      setHeld(newest);
      frame.current?.scrollTo({ top: 0 });
    },
  };
}

/** Brings the event of the address into view, once for each. */
function useShownEvent(event: number | undefined, show: (event: number) => void): void {
  const done = useRef<number>(undefined);
  useEffect(() => {
    if (event === undefined || done.current === event) return;
    done.current = event;
    show(event);
  }, [event, show]);
}
