import type { EventLine } from '../../../api/run-parts.ts';
import { TimeText } from '../../parts/time-text.tsx';
import { EventFacts } from './event-facts.tsx';
import type { RunView } from './run-view.ts';
import { sinceStart } from './timeline-ticks.ts';

type EventRowProps = {
  readonly sequence: number;
  /** Undefined until its page has come. */
  readonly event: EventLine | undefined;
  /** The time of the event before it. */
  readonly before: string | undefined;
  readonly view: RunView;
};

/** One event on a line; opened, with all that it holds. */
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
