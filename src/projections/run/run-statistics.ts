import type { Insights, RunStatistics } from '../../api/insights.ts';
import type { RunSummary } from '../../ports/runs/run-index.ts';
import { successRate } from '../insights/executions.ts';
import { groupedBy } from '../insights/failure-groups.ts';
import { nearestRank } from '../insights/nearest-rank.ts';

/** A stretch of time in ms since 1970, without its end. */
export type TimeSpan = { readonly fromMs: number; readonly toMs: number };

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** The lengths that spans of a series have. */
const lengths = [minute, 5 * minute, 15 * minute, hour, 3 * hour, 6 * hour, day, 7 * day, 30 * day];
const pointsMax = 60;

/**
 * How the runs that were started or ended in the span went. A run counts as ended where it ended in it. What people
 * stopped neither succeeded nor failed.
 */
export function runStatistics(lines: readonly RunSummary[], span: TimeSpan): RunStatistics {
  const isIn = (time: string | undefined): boolean => {
    const ms = time === undefined ? Number.NaN : Date.parse(time);
    return ms >= span.fromMs && ms < span.toMs;
  };
  const ended = lines.filter(({ head }) => isIn(head.endedAt));
  const count = (...statuses: readonly string[]) =>
    ended.filter(({ head }) => statuses.includes(head.status)).length;
  const completed = count('COMPLETED');
  const failed = count('FAILED', 'TIMED_OUT');
  const cancelled = ended.filter(({ head }) => head.shown === 'CANCELLED').length;
  const tookMs = ended.map(durationMs);

  return {
    started: lines.filter(({ head }) => isIn(head.startedAt)).length,
    ended: ended.length,
    completed,
    failed,
    cancelled,
    terminated: count('TERMINATED') - cancelled,
    ...successRate(completed, failed),
    ...(ended.length === 0 ? {} : { p50Ms: nearestRank(tookMs, 0.5), p95Ms: nearestRank(tookMs, 0.95) }),
  };
}

function durationMs({ head: { startedAt, endedAt = startedAt } }: RunSummary): number {
  return Math.max(0, Date.parse(endedAt) - Date.parse(startedAt));
}

/** The same for every version of a definition that ran in the span, in their order. */
export function statisticsByDefinition(
  lines: readonly RunSummary[],
  span: TimeSpan,
): Insights['byDefinition'] {
  const groups = groupedBy(lines, ({ head: { definition } }) => `${definition.id} ${definition.version}`);
  const rows = [...groups.values()].flatMap((some) => {
    const definition = some[0]?.head.definition;
    if (definition === undefined) return [];
    return [{ definition: definition.id, version: definition.version, ...runStatistics(some, span) }];
  });

  return rows.sort((a, b) => a.definition.localeCompare(b.definition) || a.version - b.version);
}

/** The same for stretches of the span, oldest first: so long that there are at most sixty. */
export function statisticsInSeries(
  lines: readonly RunSummary[],
  { fromMs, toMs }: TimeSpan,
): Pick<Insights, 'spanMs' | 'series'> {
  const spanMs =
    lengths.find((each) => (toMs - fromMs) / each <= pointsMax) ?? Math.ceil((toMs - fromMs) / pointsMax);
  const first = Math.floor(fromMs / spanMs) * spanMs;
  const place = (time: string) => Math.floor((Date.parse(time) - first) / spanMs);
  const touching = new Map<number, RunSummary[]>();
  for (const line of lines) {
    const { startedAt, endedAt = startedAt } = line.head;
    for (const index of new Set([place(startedAt), place(endedAt)])) {
      const some = touching.get(index);
      if (some === undefined) touching.set(index, [line]);
      else some.push(line);
    }
  }
  const series = Array.from({ length: Math.ceil((toMs - first) / spanMs) }, (_, index) => {
    const start = first + index * spanMs;
    const part = { fromMs: Math.max(fromMs, start), toMs: Math.min(toMs, start + spanMs) };
    return { at: new Date(start).toISOString(), ...runStatistics(touching.get(index) ?? [], part) };
  });

  return { spanMs, series };
}

/** When versions were first used, where that was in the span. `lines` are all runs of these versions. */
export function firstUses(lines: readonly RunSummary[], { fromMs, toMs }: TimeSpan): Insights['versions'] {
  const groups = groupedBy(lines, ({ head: { definition } }) => `${definition.id} ${definition.version}`);

  return [...groups.values()]
    .flatMap((some) => {
      const [first] = [...some].sort((a, b) => a.head.startedAt.localeCompare(b.head.startedAt));
      if (first === undefined) return [];
      const { definition, startedAt } = first.head;
      return [{ definition: definition.id, version: definition.version, at: startedAt }];
    })
    .filter(({ at }) => Date.parse(at) >= fromMs && Date.parse(at) < toMs)
    .sort((a, b) => a.at.localeCompare(b.at));
}
