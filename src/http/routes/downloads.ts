import { createRoute, z } from '@hono/zod-openapi';
import { exportOf, exportText } from '../../../machines/audit/export-format.ts';
import { RequestRefused } from '../../operations/use-case.ts';
import type { Execution, ExecutionFilter } from '../../ports/runs/executions.ts';
import type { HistoryEntry } from '../../ports/runs/workflows.ts';
import {
  csvRows,
  jsonLines,
  jsonRows,
  type RowWriter,
} from '../../projections/insights/execution-rows/row-formats.ts';
import { executionRow } from '../../projections/insights/executions.ts';
import { eventDocuments } from '../../projections/task/event-line.ts';
import { pastTimeMs } from '../../projections/where.ts';
import type { Api, ApiDeps } from '../api.ts';
import type { ReadScope } from '../authorized-ports.ts';

type Deps = Pick<ApiDeps, 'clock'> & Pick<ReadScope, 'portsOf'>;
type Reading = Pick<ApiDeps, 'workflows' | 'clock'>;

const formats = ['json', 'jsonl', 'csv'] as const;
const text = z.string();

const list = createRoute({
  method: 'get',
  path: '/api/v1/executions',
  tags: ['runs'],
  summary: 'The record of every execution, as `workflow executions` writes it',
  request: {
    query: z.object({
      format: z.enum(formats).default('json'),
      trigger: z.string().optional(),
      definition: z.string().optional(),
      since: z.string().optional().describe('How long ago, such as `7d`, or a time'),
      limit: z.coerce.number().int().positive().optional(),
      after: z
        .string()
        .optional()
        .describe('A run, such as the last of the page before: only those behind it'),
    }),
  },
  responses: {
    200: {
      description: 'The latest start first',
      content: {
        'application/json': { schema: text },
        'application/jsonl': { schema: text },
        'text/csv': { schema: text },
      },
    },
  },
});

const exported = createRoute({
  method: 'get',
  path: '/api/v1/runs/{run}/export',
  tags: ['runs'],
  summary:
    'A run to take away: its events one per line, or with `format=audit` all that verifies it elsewhere',
  request: {
    params: z.object({ run: z.string().min(1).max(200) }),
    query: z.object({ format: z.enum(['jsonl', 'audit']).default('jsonl') }),
  },
  responses: {
    200: {
      description:
        'A line per event as `workflow history --json` has it; `audit`: as `workflow audit export`, unsigned',
    },
  },
});

const writers: Readonly<
  Record<(typeof formats)[number], { readonly type: string; readonly rows: RowWriter }>
> = {
  json: { type: 'application/json', rows: jsonRows },
  jsonl: { type: 'application/jsonl', rows: jsonLines },
  csv: { type: 'text/csv; charset=utf-8', rows: csvRows },
};

/** Routes whose answers are files: the record of executions, and one run to take away. */
export function addDownloadRoutes(api: Api, deps: Deps): void {
  const { clock, portsOf } = deps;
  api.openapi(list, async (c) => {
    const { workflows } = portsOf(c.get('caller'));
    const { format, since, after: behind, ...asked } = c.req.valid('query');
    // Now, because there is no other answer once the stream has begun.
    const after = behind === undefined ? undefined : await workflows.resolve(behind);
    const filter: ExecutionFilter = { ...asked, after, sinceMs: sinceMs(since, clock.now()) };
    const { type, rows } = writers[format];
    const texts = textsOf(workflows.executions(filter), rows);
    const headers = {
      'Content-Type': type,
      'Cache-Control': 'no-store',
      ...(format === 'json' ? {} : { 'Content-Disposition': `attachment; filename="executions.${format}"` }),
    };

    return c.newResponse(streamOf(texts), { headers });
  });
  api.openapi(exported, async (c) => {
    const { workflows } = portsOf(c.get('caller'));
    const run = await workflows.resolve(c.req.valid('param').run);
    const { format } = c.req.valid('query');
    const reading: Reading = { workflows, clock };

    return format === 'jsonl' ? entriesOf(reading, run) : auditOf(reading, run);
  });
}

function sinceMs(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const ms = pastTimeMs(text, nowMs);
  if (ms !== undefined) return ms;
  const message = `since: "${text}" is neither how long ago, such as 7d, nor a time, such as 2026-01-31T09:00:00Z`;

  throw new RequestRefused({ code: 'usage.since', message });
}

async function* textsOf(
  found: AsyncIterable<Execution>,
  { head, row, tail }: RowWriter,
): AsyncGenerator<string> {
  let count = 0;
  yield head;
  for await (const execution of found) {
    yield row(executionRow(execution), count);
    count += 1;
  }
  yield tail(count);
}

/** Reads no further before the client has taken what was sent. */
function streamOf(texts: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();

  return new ReadableStream({
    pull: async (controller) => {
      const { value, done } = await texts.next();
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    cancel: async () => void (await texts.return(undefined)),
  });
}

async function auditOf({ workflows, clock }: Reading, run: string): Promise<Response> {
  const source = await workflows.auditSource(run);

  return file(exportText(exportOf(source, new Date(clock.now()).toISOString())), {
    name: `${run}.audit.json`,
    type: 'application/json',
  });
}

/** Streamed, so that a run of very many events is never held in memory. */
function entriesOf({ workflows }: Reading, run: string): Response {
  return file(streamOf(entryLines(workflows.history(run))), {
    name: `${run}.jsonl`,
    type: 'application/x-ndjson',
  });
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

/** The entries of a history as text, one JSON document per line. */
async function* entryLines(entries: AsyncIterable<HistoryEntry>): AsyncGenerator<string> {
  const documentOf = eventDocuments();
  for await (const entry of entries) yield `${JSON.stringify(documentOf(entry))}\n`;
}
