import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import { apiPath } from '../../../api/client.ts';
import { ProblemNote } from '../../../parts/problem-note.tsx';
import { useUrlState } from '../../../parts/use-url-state.ts';
import { VirtualList } from '../../../parts/virtual-list.tsx';
import { type TimeMode, useTimeMode } from '../../../time/zone.ts';
import { Choice } from '../choice.tsx';
import type { RunPageState } from '../run-view.ts';
import { rowOfSequence, sequenceOfRow } from './event-pages.ts';
import { type EventSearch, useEventRows, useEventTypes, useFoundEvents } from './event-queries.ts';
import { EventRow } from './event-row.tsx';
import '../events.css';

/** Every event of the run, the newest first; all that fits a filter, or any place of all of them. */
export function EventsTab({ view }: { readonly view: RunPageState }) {
  const [type, setType] = useUrlState('type');
  const [task, setTask] = useUrlState('of');
  const [text, setText] = useUrlState('q');
  const { page } = view;
  const types = useEventTypes(page);
  const filter: EventSearch = { type, task, text };
  const isFiltered = type !== '' || task !== '' || text !== '';

  return (
    <div className="run-part">
      <div className="run-bar">
        <TextFilter value={text} onChange={setText} />
        <Choice label="Type" value={type} options={types} onChange={setType} />
        <Choice label="Task" value={task} options={page.tasks.map(({ id }) => id)} onChange={setTask} />
        <TimeChoice />
        <a href={apiPath(['runs', page.run, 'export'])} download={`${page.shortId}.jsonl`}>
          Download JSONL
        </a>
      </div>
      {isFiltered ? <EventsFound view={view} filter={filter} /> : <EventsAll view={view} />}
    </div>
  );
}

function TextFilter({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (text: string) => void;
}) {
  const [typed, setTyped] = useState(value);

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onChange(typed.trim());
      }}
    >
      <input
        type="search"
        aria-label="Text in events"
        placeholder="Text in events, Enter"
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          if (event.target.value === '') onChange('');
        }}
      />
    </form>
  );
}

const modes: readonly TimeMode[] = ['relative', 'local', 'utc'];

function TimeChoice() {
  const [mode, setMode] = useTimeMode();

  return (
    <label className="choice">
      <span className="soft">Times</span>
      <select value={mode} onChange={(event) => setMode(event.target.value as TimeMode)}>
        {modes.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </label>
  );
}

const rowHeight = 34;

/** All events: any place of them can be scrolled to, and only what is in view is loaded. */
function EventsAll({ view }: { readonly view: RunPageState }) {
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

/** The events that fit the filter, more of them as one scrolls down. */
function EventsFound({ view, filter }: { readonly view: RunPageState; readonly filter: EventSearch }) {
  const { data, error, fetchNextPage, hasNextPage, isFetching } = useFoundEvents(view.page, filter);
  const found = data?.pages.flatMap(({ events }) => events.toReversed()) ?? [];
  const matching = data?.pages[0]?.matching;
  if (error !== null) return <ProblemNote error={error} />;
  if (data === undefined) return <p className="empty">Looking …</p>;
  if (found.length === 0) return <p className="empty">No events match this filter.</p>;

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
