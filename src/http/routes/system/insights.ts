import { createRoute, z } from '@hono/zod-openapi';
import { Insights } from '../../../api/insights.ts';
import type { BoardLine } from '../../../ports/runs/board.ts';
import { agentInsights, bottlenecks, waitInsights } from '../../../projections/insights/work-insights.ts';
import { runReading } from '../../../projections/run/run-reading.ts';
import {
  firstUses,
  isWithin,
  runStatistics,
  statisticsByDefinition,
  statisticsInSeries,
  type TimeSpan,
} from '../../../projections/run/run-statistics.ts';
import { writtenTimeMs } from '../../../projections/where.ts';
import { type Api, type ApiDeps, RequestRefused } from '../../api.ts';
import { jsonAnswer } from '../../definitions/answers.ts';
import { knownDefinitionsOf } from '../../definitions/known-definitions.ts';
import { createRunResults } from '../../insights/read-runs.ts';

type Deps = Pick<ApiDeps, 'workflows' | 'board' | 'rows' | 'definitionFiles' | 'agents' | 'clock'>;

/** The histories of so many runs are read, the latest. */
const readMax = 500;
const spanDefaultMs = 7 * 24 * 60 * 60 * 1_000;

const show = createRoute({
  method: 'get',
  path: '/api/v1/insights',
  tags: ['insights'],
  summary: 'How runs went in a span of time, and where time went by',
  request: {
    query: z.object({
      from: z.string().optional().describe('A time; a week before `to` where it is left out'),
      to: z.string().optional().describe('A time; now where it is left out'),
      definition: z.string().optional(),
    }),
  },
  responses: jsonAnswer(Insights, 'Times in ms'),
});

/** How runs went. */
export function addInsightRoutes(api: Api, deps: Deps): void {
  const { board, agents, clock } = deps;
  const readingsOf = readings(deps);

  api.openapi(show, async (c) => {
    await board.ready;
    const { definition, ...asked } = c.req.valid('query');
    const span = spanOf(asked, clock.now());
    const all = board
      .lines()
      .filter(({ head }) => definition === undefined || head.definition.id === definition);
    const lines = all.filter((line) => isWithin(line, span));
    const read = await readingsOf(latest(lines));
    const departments = new Map(
      agents
        .agents()
        .flatMap(({ name, department }) => (department === undefined ? [] : [[name, department]])),
    );
    const about = { span, nowMs: clock.now(), departments };

    return c.json(
      {
        from: new Date(span.fromMs).toISOString(),
        to: new Date(span.toMs).toISOString(),
        ...statisticsInSeries(lines, span),
        total: runStatistics(lines, span),
        byDefinition: statisticsByDefinition(lines, span),
        versions: firstUses(all, span),
        agents: agentInsights(read, about),
        waits: waitInsights(read, about),
        bottlenecks: bottlenecks(read, about),
        read: read.length,
        of: lines.length,
      },
      200,
    );
  });
}

function latest(lines: readonly BoardLine[]): readonly BoardLine[] {
  return [...lines].sort((a, b) => b.head.startedAt.localeCompare(a.head.startedAt)).slice(0, readMax);
}

function readings(deps: Deps) {
  const known = knownDefinitionsOf(deps);
  const read = createRunResults(async ({ run, head: { definition } }: BoardLine) => {
    const loaded = await known.byHash(definition.hash);
    const { rows } = await deps.rows.open(run);

    return runReading(run, rows, { id: definition.id, definition: loaded?.definition });
  });

  return read;
}

/** Throws RequestRefused. */
function spanOf(
  asked: { readonly from?: string | undefined; readonly to?: string | undefined },
  nowMs: number,
): TimeSpan {
  const toMs = timeOf('to', asked.to) ?? nowMs;
  const fromMs = timeOf('from', asked.from) ?? toMs - spanDefaultMs;
  if (fromMs < toMs) return { fromMs, toMs };

  throw new RequestRefused({
    code: 'usage.time',
    message: 'the span ends before it begins: "from" is not before "to"',
  });
}

function timeOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = writtenTimeMs(text);
  if (ms !== undefined) return ms;
  const message = `${name}: "${text}" is no time, such as 2026-01-31 or 2026-01-31T09:00:00Z`;

  throw new RequestRefused({ code: 'usage.time', message });
}
