import { createRoute, z } from '@hono/zod-openapi';
import { parseDuration } from '../../../../machines/language/duration.ts';
import type { Execution, ExecutionFilter } from '../../../ports/runs/executions.ts';
import {
  csvRows,
  jsonLines,
  jsonRows,
  type RowWriter,
} from '../../../projections/insights/execution-rows/row-formats.ts';
import { executionRow } from '../../../projections/insights/executions.ts';
import { writtenTimeMs } from '../../../projections/where.ts';
import { type Api, type ApiDeps, RequestRefused } from '../../api.ts';

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

const writers: Readonly<
  Record<(typeof formats)[number], { readonly type: string; readonly rows: RowWriter }>
> = {
  json: { type: 'application/json', rows: jsonRows },
  jsonl: { type: 'application/jsonl', rows: jsonLines },
  csv: { type: 'text/csv; charset=utf-8', rows: csvRows },
};

/** The record of executions, written as it is read. */
export function addExecutionRoutes(
  api: Api,
  { workflows, clock }: Pick<ApiDeps, 'workflows' | 'clock'>,
): void {
  api.openapi(list, (c) => {
    const { format, since, ...asked } = c.req.valid('query');
    const filter: ExecutionFilter = { ...asked, sinceMs: sinceMs(since, clock.now()) };
    const { type, rows } = writers[format];
    const texts = textsOf(workflows.executions(filter), rows);
    const headers = {
      'Content-Type': type,
      'Cache-Control': 'no-store',
      ...(format === 'json' ? {} : { 'Content-Disposition': `attachment; filename="executions.${format}"` }),
    };

    return c.newResponse(streamOf(texts), { headers });
  });
}

function sinceMs(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const ago = parseDuration(text);
  const ms = ago.ok ? nowMs - ago.ms : writtenTimeMs(text);
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

/** Nothing is read before whoever asked has taken what was. */
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
