import { createRoute, z } from '@hono/zod-openapi';
import { TriggerRow } from '../../../api/people.ts';
import type { TriggerName, TriggerRefusal } from '../../../ports/triggers-desk.ts';
import { triggerRow } from '../../../projections/trigger-row.ts';
import { writtenTimeMs } from '../../../projections/written-time.ts';
import { type Api, RequestRefused } from '../api.ts';
import type { ApiDeps, Caller } from '../api-deps.ts';
import { mayDo } from '../may-do.ts';
import { foundDefinition } from '../runs/found-definition.ts';
import { mayStart } from '../runs/may-command.ts';

type Deps = Pick<ApiDeps, 'triggers' | 'clock' | 'workflows' | 'definitionFiles'>;

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

const backfilled = createRoute({
  method: 'post',
  path: `${path}/backfill`,
  tags: ['triggers'],
  summary: 'Starts the runs of a schedule for times that have passed; `to` is now unless said',
  request: {
    params,
    body: { ...body(z.strictObject({ from: z.string(), to: z.string().optional() })), required: true },
  },
  responses: {
    200: {
      description: 'The times',
      content: { 'application/json': { schema: z.object({ ticks: z.array(z.string()) }) } },
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
    granted(await triggers.pause(name, { by: mayChange(c.get('caller'), name), reason }));

    return c.json({ triggers: await triggerRows(triggers) }, 200);
  });
  api.openapi(resumed, async (c) => {
    const name = c.req.valid('param');
    granted(await triggers.resume(name, { by: mayChange(c.get('caller'), name) }));

    return c.json({ triggers: await triggerRows(triggers) }, 200);
  });
  api.openapi(run, async (c) => {
    const name = c.req.valid('param');
    const caller = c.get('caller');
    const { definition } = (await foundDefinition(deps, name.definition)).definition;
    mayStart(caller, definition);
    const { run: id } = granted(await triggers.runNow(name, { by: caller.actor }));

    return c.json({ run: id }, 200);
  });
  api.openapi(backfilled, async (c) => {
    const name = c.req.valid('param');
    const { from, to } = c.req.valid('json');
    const span = { fromMs: timeOf(from), toMs: to === undefined ? clock.now() : timeOf(to) };
    const { ticks } = granted(
      await triggers.backfill(name, { by: mayChange(c.get('caller'), name), ...span }),
    );

    return c.json({ ticks: [...ticks] }, 200);
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

/** The name of whoever changes a trigger. Throws RequestRefused where their token does not reach for it. */
function mayChange(caller: Caller, { trigger }: TriggerName): string {
  mayDo(caller, { kind: 'control', what: `changing the trigger ${trigger}` });

  return caller.actor;
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
