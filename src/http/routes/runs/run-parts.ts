import { createRoute, z } from '@hono/zod-openapi';
import {
  AgentLane,
  EventDetail,
  EventPage,
  Graph,
  LogLine,
  RunContext,
  Timeline,
} from '../../../api/run-parts.ts';
import { agentLanes } from '../../../projections/agent/agent-lanes.ts';
import { logLines } from '../../../projections/task/log-lines.ts';
import { timelineOf } from '../../../projections/task/timeline.ts';
import type { Api, ApiDeps } from '../../api.ts';
import { foldedOnce } from '../../live/folded-once.ts';
import { graphOfRun } from '../../live/graphs.ts';
import { eventOf, eventsOf } from '../../live/run-events.ts';
import { bookAndDefinition, runNamed } from '../../live/run-named.ts';
import { runContextAt } from '../../live/views.ts';

type Deps = Pick<ApiDeps, 'workflows' | 'board' | 'rows' | 'layout'>;

const params = z.object({ run: z.string().min(1).max(200) });
const sequence = z.coerce.number().int().positive();
const at = sequence.optional();

const events = createRoute({
  method: 'get',
  path: '/api/v1/runs/{run}/events',
  tags: ['runs'],
  summary:
    'The events of a run that fit, in the order of their numbers: the last of them, or with `order=asc` the first',
  request: {
    params,
    query: z.object({
      before: sequence.optional(),
      after: z.coerce.number().int().nonnegative().optional(),
      limit: z.coerce.number().int().min(1).max(1_000).default(200),
      /** Between commas; `task.*` for all that begin so. */
      types: z.string().min(1).max(1_000).optional(),
      task: z.string().min(1).max(1_000).optional(),
      q: z.string().min(1).max(200).optional(),
      order: z.enum(['desc', 'asc']).optional(),
    }),
  },
  responses: { 200: { description: 'Events', content: { 'application/json': { schema: EventPage } } } },
});

const event = createRoute({
  method: 'get',
  path: '/api/v1/runs/{run}/events/{sequence}',
  tags: ['runs'],
  summary: 'One event with all that it holds',
  request: { params: params.extend({ sequence }) },
  responses: { 200: { description: 'The event', content: { 'application/json': { schema: EventDetail } } } },
});

const timeline = createRoute({
  method: 'get',
  path: '/api/v1/runs/{run}/timeline',
  tags: ['runs'],
  summary: 'What the tasks of a run did and waited for, up to event `at`',
  request: { params, query: z.object({ at }) },
  responses: { 200: { description: 'The timeline', content: { 'application/json': { schema: Timeline } } } },
});

const graph = createRoute({
  method: 'get',
  path: '/api/v1/runs/{run}/graph',
  tags: ['runs'],
  summary: 'The graph of its definition with how the run, as it was after event `at`, went through it',
  request: { params, query: z.object({ at }) },
  responses: { 200: { description: 'The graph', content: { 'application/json': { schema: Graph } } } },
});

const context = createRoute({
  method: 'get',
  path: '/api/v1/runs/{run}/context',
  tags: ['runs'],
  summary: 'What the run knows after event `at`, or now, and what that event changed, but with `changes=no`',
  request: { params, query: z.object({ at, changes: z.literal('no').optional() }) },
  responses: { 200: { description: 'The context', content: { 'application/json': { schema: RunContext } } } },
});

const lanes = createRoute({
  method: 'get',
  path: '/api/v1/runs/{run}/agents',
  tags: ['runs'],
  summary: 'What each who took part in a run did in it, up to event `at`',
  request: { params, query: z.object({ at }) },
  responses: {
    200: {
      description: 'A lane for each',
      content: { 'application/json': { schema: z.object({ lanes: z.array(AgentLane) }) } },
    },
  },
});

const logs = createRoute({
  method: 'get',
  path: '/api/v1/runs/{run}/logs',
  tags: ['runs'],
  summary: 'What was said and done in a run, up to event `at`: the latest 2,000 lines',
  request: { params, query: z.object({ at, task: z.string().min(1).max(1_000).optional() }) },
  responses: {
    200: {
      description: 'Lines',
      content: { 'application/json': { schema: z.object({ lines: z.array(LogLine) }) } },
    },
  },
});

/** The parts of the page of a run that are told from its events. */
export function addRunPartRoutes(api: Api, deps: Deps): void {
  const timelineNow = foldedOnce(({ rows, ...of }) => timelineOf(rows, of));
  const lanesNow = foldedOnce(({ rows, ...of }) => agentLanes(rows, of));
  api.openapi(events, async (c) => {
    const { types, order, ...filter } = c.req.valid('query');
    const wanted = {
      ...filter,
      types: types?.split(','),
      // Behind an event the next ones are meant, else the newest.
      order: order ?? (filter.after === undefined ? 'desc' : 'asc'),
    };
    return c.json(await eventsOf(deps, await runNamed(deps, c.req.valid('param').run), wanted), 200);
  });
  api.openapi(event, async (c) => {
    const { run, sequence } = c.req.valid('param');
    return c.json(await eventOf(deps, await runNamed(deps, run), sequence), 200);
  });
  api.openapi(timeline, async (c) => {
    const { rows, definition } = await bookAndDefinition(deps, c.req.valid('param').run);
    return c.json(timelineNow({ rows, definition, at: c.req.valid('query').at }), 200);
  });
  api.openapi(graph, async (c) =>
    c.json(await graphOfRun(deps, c.req.valid('param').run, c.req.valid('query').at), 200),
  );
  api.openapi(context, async (c) => {
    const run = await runNamed(deps, c.req.valid('param').run);
    const { at, changes } = c.req.valid('query');
    return c.json(await runContextAt(deps.workflows, run, { at, isCompared: changes !== 'no' }), 200);
  });
  api.openapi(lanes, async (c) => {
    const { rows, definition } = await bookAndDefinition(deps, c.req.valid('param').run);
    return c.json({ lanes: [...lanesNow({ rows, definition, at: c.req.valid('query').at })] }, 200);
  });
  api.openapi(logs, async (c) => {
    const { rows } = await bookAndDefinition(deps, c.req.valid('param').run);
    return c.json({ lines: [...logLines(rows, c.req.valid('query'))] }, 200);
  });
}
