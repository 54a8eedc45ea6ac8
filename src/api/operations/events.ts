import type { EmitReport, EmittedEvent, EventAt, EventList, EventOutcomeRow, EventQuery } from '../people.ts';
import { declare } from './operation.ts';

const path = '/api/v1/events';

export const eventOperations = {
  list: declare<EventQuery, EventList>()({
    summary: 'What became of the events that came in, the latest first',
    changes: false,
    http: { method: 'get', path, answer: 'Events' },
    tool: { name: 'list_events' },
  }),
  show: declare<EventAt, EventOutcomeRow>()({
    summary: 'What became of one event',
    changes: false,
    members: { position: 'where it stands among the events' },
    http: { method: 'get', path: `${path}/{position}`, answer: 'The event' },
  }),
  emit: declare<EmittedEvent, EmitReport>()({
    summary: 'Publishes an event, in a few words or as a CloudEvent, for triggers and for runs that wait',
    changes: true,
    http: {
      method: 'post',
      path,
      body: 'event',
      answer: 'Whether it is new: an event whose source and id came lately is not stored again',
    },
    tool: { name: 'emit_event' },
  }),
};
