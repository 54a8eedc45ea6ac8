import { createRoute, z } from '@hono/zod-openapi';
import { CloudEvent, isEventType } from '../../../events/cloud-event.ts';
import { EmitRequest, EventOutcomeRow } from '../../api/people.ts';
import { outcomeRow } from '../../projections/insights/outcome-row.ts';
import { type Api, type ApiDeps, RequestRefused } from '../api.ts';

type Deps = Pick<ApiDeps, 'triggers' | 'clock'>;

const statuses = z.enum(['taken', 'ignored', 'refused', 'dead']);

const listed = createRoute({
  method: 'get',
  path: '/api/v1/events',
  tags: ['events'],
  summary: 'What became of the events that came in, the latest first',
  request: {
    query: z.object({
      status: statuses.optional(),
      type: z.string().max(200).optional(),
      limit: z.coerce.number().int().min(1).max(1_000).default(100),
    }),
  },
  responses: {
    200: {
      description: 'Events',
      content: { 'application/json': { schema: z.object({ events: z.array(EventOutcomeRow) }) } },
    },
  },
});

const shown = createRoute({
  method: 'get',
  path: '/api/v1/events/{position}',
  tags: ['events'],
  summary: 'What became of one event',
  request: { params: z.object({ position: z.coerce.number().int().positive() }) },
  responses: {
    200: { description: 'The event', content: { 'application/json': { schema: EventOutcomeRow } } },
  },
});

const emitted = createRoute({
  method: 'post',
  path: '/api/v1/events',
  tags: ['events'],
  summary: 'Publishes an event, in a few words or as a CloudEvent, for triggers and for runs that wait',
  request: {
    body: {
      required: true,
      content: { 'application/json': { schema: z.union([EmitRequest, CloudEvent]) } },
    },
  },
  responses: {
    200: {
      description: 'Whether it is new: an event whose source and id came lately is not stored again',
      content: { 'application/json': { schema: z.object({ stored: z.boolean(), id: z.string() }) } },
    },
  },
});

/** Events that come in for triggers, and for runs that wait for them. */
export function addEventRoutes(api: Api, { triggers, clock }: Deps): void {
  api.openapi(listed, async (c) => {
    const { status, type, limit } = c.req.valid('query');
    const outcomes = await triggers.outcomes({ limit, status, type: type === '' ? undefined : type });

    return c.json({ events: outcomes.map(outcomeRow) }, 200);
  });
  api.openapi(shown, async (c) => {
    const { position } = c.req.valid('param');
    const outcome = await triggers.outcome(position);
    if (outcome === undefined) {
      const message = `of an event at position ${position} nothing is known: none came in there, or nobody has dealt with it yet, or that is more than 30 days ago`;
      throw new RequestRefused({ code: 'event.not-found', message });
    }

    return c.json(outcomeRow(outcome), 200);
  });
  api.openapi(emitted, async (c) => {
    const caller = c.get('caller');
    const event = eventOf(c.req.valid('json'), caller.actor, clock.now());
    const answer = await triggers.emit(event, { as: caller.actor });
    if ('code' in answer) throw new RequestRefused(answer);

    return c.json({ stored: answer.stored, id: event.id }, 200);
  });
}

type Emitted = z.output<typeof EmitRequest> | CloudEvent;

function eventOf(asked: Emitted, actor: string, nowMs: number): CloudEvent {
  // How far it is from the outside is for engines to say.
  if ('specversion' in asked) return { ...asked, hops: undefined };
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
