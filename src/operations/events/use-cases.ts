import type { z } from 'zod';
import { type CloudEvent, isEventType } from '../../../events/cloud-event.ts';
import type { eventOperations } from '../../api/operations/events.ts';
import {
  EmitReport,
  EmittedEvent,
  EventAt,
  EventList,
  EventOutcomeRow,
  EventQuery,
} from '../../api/people.ts';
import type { NotedOutcome } from '../../ports/events/outcome-filter.ts';
import { outcomeRow } from '../../projections/insights/outcome-row.ts';
import { type Order, pageOf, readCursor } from '../page.ts';
import { RequestRefused, type UseCasesOf, useCase } from '../use-case.ts';
import { sinceMs } from '../written-times.ts';

/** What was dealt with last comes first. */
const order: Order<NotedOutcome> = {
  name: 'events in the order dealt with',
  place: ({ place }) => [place],
  descending: [true],
};

/** Events that come in for triggers, and for runs that wait for them. */
export const eventUseCases = {
  list: useCase(EventQuery, EventList, async ({ triggers, clock }, { status, type, since, ...wanted }) => {
    const found = await triggers.outcomes({
      // One more tells whether there are more.
      limit: wanted.limit + 1,
      status,
      type: type === '' ? undefined : type,
      sinceMs: sinceMs(since, clock.now()),
      before: wanted.after === undefined ? undefined : Number(readCursor(wanted.after, order.name)[0]),
    });
    const { items, next } = pageOf(found, order, wanted);

    return {
      items: items.map(({ outcome }) => outcomeRow(outcome)),
      ...(next === undefined ? {} : { next }),
    };
  }),
  show: useCase(EventAt, EventOutcomeRow, async ({ triggers }, { position }) => {
    const outcome = await triggers.outcome(position);
    if (outcome !== undefined) return outcomeRow(outcome);
    const message = `of an event at position ${position} nothing is known: none came in there, or nobody has dealt with it yet, or that is more than 30 days ago`;

    throw new RequestRefused({ code: 'event.not-found', message });
  }),
  emit: useCase(EmittedEvent, EmitReport, async ({ triggers, clock }, given, { actor }) => {
    const event = eventOf(given.event, actor, clock.now());
    const answer = await triggers.emit(event, { as: actor });
    if ('code' in answer) throw new RequestRefused(answer);

    return { stored: answer.stored, id: event.id, event };
  }),
} satisfies UseCasesOf<typeof eventOperations>;

function eventOf(asked: z.output<typeof EmittedEvent>['event'], actor: string, nowMs: number): CloudEvent {
  // How far it is from the outside is for engines to say.
  if ('specversion' in asked)
    return { ...asked, hops: undefined, time: new Date(asked.time ?? nowMs).toISOString() };
  const { type, data, subject } = asked;
  if (!isEventType(type)) {
    const rule = 'letters, digits, - and _ in parts between dots, such as order.paid';
    const message = `${JSON.stringify(type)} is no type of an event: ${rule}`;
    throw new RequestRefused({ code: 'usage.event-type', message });
  }

  return {
    specversion: '1.0',
    id: asked.id ?? crypto.randomUUID(),
    source: asked.source ?? `/http/${encodeURIComponent(actor)}`,
    type,
    ...(subject === undefined ? {} : { subject }),
    time: new Date(nowMs).toISOString(),
    ...(data === undefined ? {} : { datacontenttype: 'application/json' as const, data }),
  };
}
