import type { EventDetail, EventLine } from '../../../../api/run-parts.ts';
import { CopyButton } from '../../../parts/copy-button.tsx';
import { DataTree } from '../../../parts/json/data-tree.tsx';
import { ProblemNote } from '../../../parts/problem-note.tsx';
import { TimeText } from '../../../parts/time-text.tsx';
import type { RunPageState } from '../run-view.ts';
import { sinceStart } from '../timeline/timeline-ticks.ts';
import { useEventDetail } from './event-queries.ts';

type EventRowProps = {
  readonly sequence: number;
  /** Undefined until its page has come. */
  readonly event: EventLine | undefined;
  /** The time of the event before it. */
  readonly before: string | undefined;
  readonly view: RunPageState;
};

/** Next event a line; opened, with all that it holds. */
export function EventRow({ sequence, event, before, view }: EventRowProps) {
  const isOpen = view.url.event === sequence;
  if (event === undefined) return <div className="event-line soft">{sequence} …</div>;

  return (
    <>
      <button
        type="button"
        className="event-line"
        aria-expanded={isOpen}
        data-open={isOpen}
        data-intervention={event.isIntervention}
        onClick={() => view.go({ event: isOpen ? undefined : sequence })}
      >
        <span className="event-number">{sequence}</span>
        <span className="event-time">
          <TimeText iso={event.time} />
        </span>
        <span className="event-delta soft">{deltaText(event.time, before)}</span>
        <span className="event-type">{event.type}</span>
        <span className="event-task mono">{event.task}</span>
        <span className="event-note">
          {event.problem === undefined ? event.note : <strong>{event.problem}</strong>}
        </span>
        <span className="event-actor soft">{event.actor}</span>
      </button>
      {isOpen ? <EventFacts sequence={sequence} view={view} /> : null}
    </>
  );
}

function deltaText(time: string, before: string | undefined): string {
  return before === undefined ? '' : `+${sinceStart(Math.max(0, Date.parse(time) - Date.parse(before)))}`;
}

/** The details of one event: its data, what it moved, what asked for it, and its link. */
function EventFacts({ sequence, view }: { readonly sequence: number; readonly view: RunPageState }) {
  const { page, go } = view;
  const { data, error } = useEventDetail(page.run, sequence);
  if (error !== null) return <ProblemNote error={error} />;
  if (data === undefined) return <p className="event-facts soft">Loading …</p>;
  const link = `${window.location.origin}/runs/${encodeURIComponent(page.run)}?tab=events&event=${sequence}`;

  return (
    <div className="event-facts">
      <div className="run-bar">
        <CopyButton text={link} label="Copy link" />
        <CopyButton text={JSON.stringify(data.record, null, 2)} label="Copy record" />
        <button type="button" className="quiet" onClick={() => go({ at: sequence })}>
          View the run at this event
        </button>
        {data.task === undefined ? null : (
          <button type="button" className="quiet" onClick={() => go({ task: data.task })}>
            Show {data.task}
          </button>
        )}
      </div>
      <Moves event={data} />
      <DataTree value={data.fact} label={`What event ${sequence} says`} />
      <details>
        <summary>The record as stored</summary>
        <DataTree value={data.record} label="Record" />
      </details>
    </div>
  );
}

function Moves({ event }: { readonly event: EventDetail }) {
  return (
    <dl className="facts">
      <dt>By</dt>
      <dd>
        {event.actor}
        {event.request === undefined ? null : <span className="soft"> asked as {event.request}</span>}
      </dd>
      {event.transitions.map(({ task, from, to }) => (
        <Move key={`${task ?? ''} ${from} ${to}`} what={task ?? 'the run'} text={`${from} → ${to}`} />
      ))}
      <Move what="Hash" text={event.hash} />
    </dl>
  );
}

function Move({ what, text }: { readonly what: string; readonly text: string }) {
  return (
    <>
      <dt>{what}</dt>
      <dd className="mono">{text}</dd>
    </>
  );
}
