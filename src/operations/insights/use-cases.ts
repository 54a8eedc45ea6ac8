import { Insights, InsightsRequest } from '../../api/insights.ts';
import type { insightOperations } from '../../api/operations/insights.ts';
import { listReadsMax, mapAtOnce } from '../../lib/limit.ts';
import type { Board, BoardLine } from '../../ports/runs/board.ts';
import { groupedBy } from '../../projections/insights/failure-groups.ts';
import { agentInsights, bottlenecks, waitInsights } from '../../projections/insights/work-insights.ts';
import { runReading } from '../../projections/run/run-reading.ts';
import {
  firstUses,
  runStatistics,
  statisticsByDefinition,
  statisticsInSeries,
  type TimeSpan,
} from '../../projections/run/run-statistics.ts';
import { writtenTimeMs } from '../../projections/where.ts';
import { knownDefinitionsOf } from '../definitions/known-definitions.ts';
import { keptFor } from '../kept-for.ts';
import { type OperationPorts, RequestRefused, type UseCasesOf, useCase } from '../use-case.ts';
import { createRunResults } from './read-runs.ts';

/** Reads the histories of this many runs, the latest. */
const readMax = 500;
const spanDefaultMs = 7 * 24 * 60 * 60 * 1_000;

export const insightUseCases = {
  show: useCase(InsightsRequest, Insights, async (ports, { definition, ...asked }) => {
    const { board, agents, clock } = ports;
    await board.ready;
    const span = spanOf(asked, clock.now());
    const lines = await linesWithin(board, definition, span);
    const read = await readingsOf(ports)(latest(lines));
    const departments = new Map(
      agents
        .agents()
        .flatMap(({ name, department }) => (department === undefined ? [] : [[name, department]])),
    );
    const about = { span, nowMs: clock.now(), departments };

    return {
      from: new Date(span.fromMs).toISOString(),
      to: new Date(span.toMs).toISOString(),
      ...statisticsInSeries(lines, span),
      total: runStatistics(lines, span),
      byDefinition: statisticsByDefinition(lines, span),
      versions: firstUses(await startedAnew(board, lines, span), span),
      agents: agentInsights(read, about),
      waits: waitInsights(read, about),
      bottlenecks: bottlenecks(read, about),
      read: read.length,
      of: lines.length,
    };
  }),
} satisfies UseCasesOf<typeof insightOperations>;

async function linesWithin(
  board: Board,
  definition: string | undefined,
  { fromMs, toMs }: TimeSpan,
): Promise<readonly BoardLine[]> {
  const within = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
  const lines: BoardLine[] = [];
  for await (const line of board.each({ definition, within }, 'started')) lines.push(line);

  return lines;
}

/** The runs of versions of which none was started before the span. */
async function startedAnew(
  board: Board,
  lines: readonly BoardLine[],
  { fromMs }: TimeSpan,
): Promise<readonly BoardLine[]> {
  const before = { field: 'started', operator: '<', at: new Date(fromMs).toISOString() } as const;
  const versions = groupedBy(lines, ({ head }) => head.definition.hash);
  const found = await mapAtOnce([...versions], listReadsMax, async ([hash, some]) => {
    const filter = { definition: some[0]?.head.definition.id, hashes: [hash], terms: [before] };
    const earlier = await board.page({ filter, order: 'started', limit: 1 });
    return earlier.length === 0 ? some : [];
  });

  return found.flat();
}

function latest(lines: readonly BoardLine[]): readonly BoardLine[] {
  return [...lines].sort((a, b) => b.head.startedAt.localeCompare(a.head.startedAt)).slice(0, readMax);
}

const readingsOf = keptFor((ports: OperationPorts) => {
  const known = knownDefinitionsOf(ports);

  return createRunResults(async ({ run, head: { definition } }: BoardLine) => {
    const loaded = await known.byHash(definition.hash);
    const { rows } = await ports.rows.open(run);

    return runReading(run, rows, { id: definition.id, definition: loaded?.definition });
  });
});

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
