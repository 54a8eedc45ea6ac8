import { createRoute, z } from '@hono/zod-openapi';
import { TriggerRow } from '../../api/people.ts';
import type { TriggerRefusal } from '../../ports/events/trigger-admin.ts';
import { triggerRow } from '../../projections/trigger-row.ts';
import { writtenTimeMs } from '../../projections/where.ts';
import { type Api, type ApiDeps, RequestRefused } from '../api.ts';

type Deps = Pick<ApiDeps, 'triggers' | 'clock'>;

const path = '/api/v1/triggers/{definition}/{trigger}';
const params = z.object({
  definition: z.string().min(1).max(200),
  trigger: z.string().min(1).max(300),
});
const rows = {
  200: {
    description: 'The triggers',
    content: { 'application/json': { schema: z.object({ triggers: z.array(TriggerRow) }) } },
  },
};
const body = <Schema extends z.ZodType>(schema: Schema) => ({ content: { 'application/json': { schema } } });

const listed = createRoute({
  method: 'get',
  path: '/api/v1/triggers',
  tags: ['triggers'],
  summary: 'What starts runs by itself',
  responses: rows,
});

const paused = createRoute({
  method: 'post',
  path: `${path}/pause`,
  tags: ['triggers'],
  summary: 'It starts nothing any more; runs that it has started go on',
  request: { params, body: body(z.strictObject({ reason: z.string().max(2_000).optional() })) },
  responses: rows,
});

const resumed = createRoute({
  method: 'post',
  path: `${path}/resume`,
  tags: ['triggers'],
  summary: 'It starts runs again',
  request: { params },
  responses: rows,
});

const run = createRoute({
  method: 'post',
  path: `${path}/run`,
  tags: ['triggers'],
  summary: 'An engine starts a run of the schedule now',
  request: { params },
  responses: {
    200: {
      description: 'The id that the run will have',
      content: { 'application/json': { schema: z.object({ run: z.string() }) } },
    },
  },
});

const Span = z.strictObject({
  from: z.string(),
  to: z.string().optional(),
  dryRun: z.boolean().default(false),
});

const Backfill = z.object({
  dryRun: z.boolean(),
  ticks: z.array(z.string()),
  /** Of a dry run: those whose run was started already, or waits to be. They are not started again. */
  there: z.array(z.string()).optional(),
});

const backfilled = createRoute({
  method: 'post',
  path: `${path}/backfill`,
  tags: ['triggers'],
  summary:
    'Starts the runs of a schedule for times that have passed; `to` is now unless said. With `dryRun` it only tells which',
  request: {
    params,
    body: { ...body(Span), required: true },
  },
  responses: {
    200: {
      description: 'The times',
      content: { 'application/json': { schema: Backfill } },
    },
  },
});

/** What starts runs by itself. */
export function addTriggerRoutes(api: Api, deps: Deps): void {
  const { triggers, clock } = deps;
  api.openapi(listed, async (c) => c.json({ triggers: await triggerRows(triggers) }, 200));
  api.openapi(paused, async (c) => {
    const name = c.req.valid('param');
    const reason = c.req.valid('json')?.reason;
    granted(await triggers.pause(name, { by: c.get('caller').actor, reason }));

    return c.json({ triggers: await triggerRows(triggers) }, 200);
  });
  api.openapi(resumed, async (c) => {
    const name = c.req.valid('param');
    granted(await triggers.resume(name, { by: c.get('caller').actor }));

    return c.json({ triggers: await triggerRows(triggers) }, 200);
  });
  api.openapi(run, async (c) => {
    const name = c.req.valid('param');
    const { run: id } = granted(await triggers.runNow(name, { by: c.get('caller').actor }));

    return c.json({ run: id }, 200);
  });
  api.openapi(backfilled, async (c) => {
    const name = c.req.valid('param');
    const { from, to, dryRun } = c.req.valid('json');
    const span = { fromMs: timeOf(from), toMs: to === undefined ? clock.now() : timeOf(to) };
    const asked = { by: c.get('caller').actor, ...span };
    if (dryRun) {
      const { ticks, there } = granted(await triggers.tryBackfill(name, asked));
      return c.json({ dryRun, ticks: [...ticks], there: [...there] }, 200);
    }
    const { ticks } = granted(await triggers.backfill(name, asked));

    return c.json({ dryRun, ticks: [...ticks] }, 200);
  });
}

const nextListed = 3;

/** All triggers, schedules with what is due next. */
async function triggerRows(triggers: ApiDeps['triggers']): Promise<TriggerRow[]> {
  const [all, schedules] = await Promise.all([triggers.triggers(), triggers.schedules(nextListed)]);
  const byName = new Map(schedules.map((each) => [nameOf(each), each]));

  return all.map((view) => triggerRow(view, byName.get(nameOf(view))));
}

function nameOf({ definition, id }: { readonly definition: { readonly id: string }; readonly id: string }) {
  return `${definition.id}/${id}`;
}

function granted<Result extends object | undefined>(result: Result | TriggerRefusal): Result {
  if (result !== undefined && 'code' in result && 'message' in result) throw new RequestRefused(result);

  return result as Result;
}

function timeOf(text: string): number {
  const ms = writtenTimeMs(text);
  if (ms !== undefined) return ms;

  throw new RequestRefused({
    code: 'usage.time',
    message: `"${text}" is no time, such as 2026-01-31 or 2026-01-31T09:00:00Z`,
  });
}
