import { createRoute, z } from '@hono/zod-openapi';
import { StartedRun, StartRequest } from '../../../api/commands.ts';
import { RunList, RunPage } from '../../../api/run.ts';
import type { Api, ApiDeps } from '../../api.ts';
import { runList, runSorts } from '../../runs/run-list.ts';
import { seenRun } from '../../runs/seen-run.ts';
import { startRun } from '../../runs/start-run.ts';

type Deps = Pick<ApiDeps, 'workflows' | 'board' | 'clock' | 'definitionFiles' | 'project' | 'readOnly'>;

const listed = createRoute({
  method: 'get',
  path: '/api/v1/runs',
  tags: ['runs'],
  summary: 'The runs that fit, in order',
  request: {
    query: z.object({
      where: z.string().max(2_000).optional(),
      status: z.string().max(500).optional(),
      q: z.string().max(500).optional(),
      limit: z.coerce.number().int().min(1).max(1_000).default(100),
      cursor: z.string().max(2_000).optional(),
      sort: z.enum(runSorts).default('updated'),
    }),
  },
  responses: {
    200: { description: 'Runs', content: { 'application/json': { schema: RunList } } },
  },
});

const shown = createRoute({
  method: 'get',
  path: '/api/v1/runs/{run}',
  tags: ['runs'],
  summary: 'A run as it is, or as it was after event `at`',
  request: {
    params: z.object({ run: z.string().min(1).max(200) }),
    query: z.object({ at: z.coerce.number().int().positive().optional() }),
  },
  responses: {
    200: { description: 'The run', content: { 'application/json': { schema: RunPage } } },
  },
});

const started = createRoute({
  method: 'post',
  path: '/api/v1/runs',
  tags: ['runs'],
  summary: 'Starts a run',
  request: { body: { required: true, content: { 'application/json': { schema: StartRequest } } } },
  responses: {
    201: { description: 'The run that was started', content: { 'application/json': { schema: StartedRun } } },
  },
});

/** The list of runs, one run, and the start of one. */
export function addRunsRoutes(api: Api, deps: Deps): void {
  // What the runs say about each other is gathered before somebody waits for it.
  void deps.board.ready.then(() => runList(deps.board, { limit: 1, sort: 'updated' }));
  api.openapi(listed, async (c) => {
    await deps.board.ready;

    return c.json(runList(deps.board, c.req.valid('query')), 200);
  });
  api.openapi(shown, async (c) => {
    const { at } = c.req.valid('query');

    return c.json(await seenRun(deps, c.req.valid('param').run, at), 200);
  });
  api.openapi(started, async (c) => c.json(await startRun(deps, c.get('caller'), c.req.valid('json')), 201));
}
