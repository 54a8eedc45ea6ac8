import { type CloudEvent, isEventType } from '../../events/cloud-event.ts';
import type { EventTask } from '../../machines/task.ts';
import type { Clock } from '../ports/clock.ts';
import { type EventPublisher, EventsUnavailable, EventTooLarge } from '../ports/events/event-publisher.ts';
import { type Attempt, type Handler, TaskError } from '../ports/work/handler.ts';

/**
 * Carries attempts out by publishing one CloudEvent, and ends when the broker has stored it. Every attempt at the task
 * publishes the same event, `<run>/<task>`: one that is tried again because an answer was lost is not told twice. The
 * result is `{ id, type, subject, time }`; `subject` is null when there is none.
 */
export function createEventHandler(
  task: EventTask,
  { events, clock }: { readonly events: EventPublisher; readonly clock: Clock },
): Handler {
  return async (attempt) => {
    const event = eventOf(task, attempt, new Date(clock.now()).toISOString());
    try {
      await events.publish(event);
    } catch (error) {
      throw understood(error);
    }
    const { id, type, subject, time } = event;

    return { id, type, subject: subject ?? null, time };
  };
}

function eventOf({ event }: EventTask, { run, task, render, hops = 0 }: Attempt, time: string): CloudEvent {
  const { type } = event;
  if (!isEventType(type)) {
    throw new TaskError(
      'event.bad-type',
      `${JSON.stringify(type.slice(0, 80))} is no type of an event: words of letters, digits, _ and -, ` +
        'joined by dots, such as order.paid',
    );
  }
  const subject = event.subject === undefined ? undefined : subjectText(render(event.subject));

  return {
    specversion: '1.0',
    id: `${run}/${task}`,
    source: `/3ox/${render('${workflow.id}')}`,
    type,
    ...(subject === undefined ? {} : { subject }),
    time,
    hops: hops + 1,
    ...(event.data === undefined
      ? {}
      : { datacontenttype: 'application/json' as const, data: render(event.data) }),
  };
}

/** CloudEvents knows no empty subject: what renders to nothing is left out. */
function subjectText(subject: ReturnType<Attempt['render']>): string | undefined {
  if (subject === null || subject === '') return undefined;
  if (typeof subject !== 'object') return String(subject);

  throw new TaskError(
    'event.bad-subject',
    'the subject of the event is no text; put the value into its data',
  );
}

function understood(error: unknown): unknown {
  if (!(error instanceof EventTooLarge || error instanceof EventsUnavailable)) return error;
  const retryable = error instanceof EventsUnavailable;

  return new TaskError(error.code, error.message, { retryable, cause: error });
}
