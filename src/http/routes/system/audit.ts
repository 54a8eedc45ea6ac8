import { createRoute, z } from '@hono/zod-openapi';
import { JsonValue } from '../../../../events/canonical-json.ts';
import { exportOf, exportText } from '../../../../machines/audit/export-format.ts';
import { runDiff } from '../../../projections/run/run-diff.ts';
import { runDocument } from '../../../projections/run/run-document.ts';
import { enabledEvents } from '../../../projections/task/enabled-events.ts';
import type { Api, ApiDeps } from '../../api.ts';
import { entryLines } from '../../runs/entry-lines.ts';

type Deps = Pick<ApiDeps, 'workflows' | 'clock'>;

const params = z.object({ run: z.string().min(1).max(200) });
const number = z.coerce.number().int().positive();
/** As the command line shows it with `--json`. */
const document = (description: string) => ({
  200: { description, content: { 'application/json': { schema: z.record(z.string(), JsonValue) } } },
});

const next = createRoute({
  method: 'get',
  path: '/api/v1/runs/{run}/next',
  tags: ['runs'],
  summary: 'What can happen to a run next, and who may have it happen',
  request: { params },
  responses: document('As `workflow next --json`'),
});

const compared = createRoute({
  method: 'get',
  path: '/api/v1/runs/{run}/diff',
  tags: ['runs'],
  summary: 'What changed in a run between two of its events',
  request: { params, query: z.object({ from: number, to: number }) },
  responses: document('As `workflow diff --json`, without the events between'),
});

const replayed = createRoute({
  method: 'get',
  path: '/api/v1/runs/{run}/replay',
  tags: ['runs'],
  summary: 'Folds a run again from its journal and compares every transition, head and hash',
  request: { params, query: z.object({ until: number.optional() }) },
  responses: document('As an item of `workflow replay --json`'),
});

const exported = createRoute({
  method: 'get',
  path: '/api/v1/runs/{run}/export',
  tags: ['runs'],
  summary:
    'A run to take away: its events one per line, or with `format=audit` all that verifies it elsewhere',
  request: { params, query: z.object({ format: z.enum(['jsonl', 'audit']).default('jsonl') }) },
  responses: {
    200: {
      description:
        'A line per event as `workflow history --json` has it; `audit`: as `workflow audit export`, unsigned',
    },
  },
});

/** What can be verified and compared of a run. */
export function addAuditRoutes(api: Api, deps: Deps): void {
  const { workflows } = deps;
  api.openapi(next, async (c) => {
    const view = await workflows.view(await workflows.resolve(c.req.valid('param').run));
    const { run, sequence, state } = view;

    return c.json(plain({ run, sequence, status: state.status, ...enabledEvents(view) }), 200);
  });
  api.openapi(compared, async (c) => {
    const run = await workflows.resolve(c.req.valid('param').run);
    const { from, to } = c.req.valid('query');
    const [before, after] = [await workflows.viewAt(run, from), await workflows.viewAt(run, to)];

    return c.json(plain({ run, from, to, ...runDiff(before, after) }), 200);
  });
  api.openapi(replayed, async (c) => {
    const run = await workflows.resolve(c.req.valid('param').run);
    const { view, ...report } = await workflows.replay(run, c.req.valid('query').until);

    return c.json(plain({ ...report, ...(view === undefined ? {} : { state: runDocument(view) }) }), 200);
  });
  api.openapi(exported, async (c) => {
    const run = await workflows.resolve(c.req.valid('param').run);
    const { format } = c.req.valid('query');

    return format === 'jsonl' ? entriesOf(deps, run) : auditOf(deps, run);
  });
}

async function auditOf({ workflows, clock }: Deps, run: string): Promise<Response> {
  const source = await workflows.auditSource(run);

  return file(exportText(exportOf(source, new Date(clock.now()).toISOString())), {
    name: `${run}.audit.json`,
    type: 'application/json',
  });
}

/** Read as it is sent, so that a run with very many events is never held as a whole. */
function entriesOf({ workflows }: Deps, run: string): Response {
  return file(entryLines(workflows.history(run)), { name: `${run}.jsonl`, type: 'application/x-ndjson' });
}

function file(
  body: string | ReadableStream<Uint8Array>,
  { name, type }: { readonly name: string; readonly type: string },
): Response {
  const headers = {
    'content-type': `${type}; charset=utf-8`,
    'content-disposition': `attachment; filename="${name}"`,
  };

  return new Response(body, { headers });
}

/** What JSON makes of it: what is undefined is left out. */
function plain(value: object): z.output<ReturnType<typeof z.record<z.ZodString, typeof JsonValue>>> {
  return JSON.parse(JSON.stringify(value));
}
