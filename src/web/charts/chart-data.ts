import type { Insights } from '../../api/insights.ts';
import { durationText } from '../time/format.ts';

/** One line of a chart; a span without a value leaves a gap. */
export type ChartLine = {
  readonly name: string;
  readonly hue: 'running' | 'succeeded' | 'failed' | 'waiting' | 'idle';
  /** Told apart without colours too. */
  readonly isDashed?: boolean;
  readonly values: readonly (number | null)[];
};

/** A moment at which a version was first used. `at` is ms since 1970. */
export type ChartMark = { readonly at: number; readonly text: string };

export type ChartData = {
  readonly title: string;
  /** The beginnings of the spans, ms since 1970. */
  readonly at: readonly number[];
  readonly lines: readonly ChartLine[];
  /** Turns a value into words: `12`, `98 %`, `1m58s`. */
  readonly say: (value: number) => string;
  /** The axis ends there; absent: where the values do. */
  readonly max?: number;
};

type Span = Insights['series'][number];
type Drawn = Omit<ChartLine, 'values'> & { readonly read: (span: Span) => number | undefined };

const charts: readonly (Omit<ChartData, 'at' | 'lines'> & { readonly lines: readonly Drawn[] })[] = [
  {
    title: 'Throughput',
    say: (value) => String(Math.round(value)),
    lines: [
      { name: 'started', hue: 'running', isDashed: true, read: ({ started }) => started },
      { name: 'completed', hue: 'succeeded', read: ({ completed }) => completed },
      { name: 'failed', hue: 'failed', read: ({ failed }) => failed },
    ],
  },
  {
    title: 'Success rate',
    max: 1,
    say: percentText,
    lines: [
      {
        name: 'completed of completed and failed',
        hue: 'succeeded',
        read: ({ successRate }) => successRate,
      },
    ],
  },
  {
    title: 'Completion time',
    say: durationText,
    lines: [
      { name: 'median (p50)', hue: 'running', read: ({ p50Ms }) => p50Ms },
      { name: '95th percentile (p95)', hue: 'waiting', isDashed: true, read: ({ p95Ms }) => p95Ms },
    ],
  },
];

/** How many runs began and ended, how many of them well, and how long they took: one chart each. */
export function insightCharts({ series }: Pick<Insights, 'series'>): readonly ChartData[] {
  const at = series.map((span) => Date.parse(span.at));

  return charts.map(({ lines, ...chart }) => ({
    ...chart,
    at,
    lines: lines.map(({ read, ...line }) => ({ ...line, values: series.map((span) => read(span) ?? null) })),
  }));
}

/** The versions that were first used within the chart, each as a mark. */
export function versionMarks({
  versions,
  from,
  to,
}: Pick<Insights, 'versions' | 'from' | 'to'>): readonly ChartMark[] {
  return versions
    .map(({ definition, version, at }) => ({ at: Date.parse(at), text: `${definition} v${version}` }))
    .filter(({ at }) => at >= Date.parse(from) && at <= Date.parse(to));
}

/** Names of marks nearer to each other than this part of the chart would lie on each other. */
const NEAR = 0.06;

/** The names beside the marks of a chart that is `spanMs` wide: those that stand together are counted, not named. */
export function markNames(marks: readonly ChartMark[], spanMs: number): readonly ChartMark[] {
  const groups: ChartMark[][] = [];
  for (const mark of marks.toSorted((one, other) => one.at - other.at)) {
    const last = groups.at(-1);
    const end = last?.at(-1)?.at;
    if (end !== undefined && mark.at - end < spanMs * NEAR) last?.push(mark);
    else groups.push([mark]);
  }

  return groups.flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];

    return [group.length === 1 ? first : { at: first.at, text: `${group.length} versions` }];
  });
}

/** A part of one in percent: `98 %`, and `99.5 %` near the ends, where a percent more or less is much. */
export function percentText(part: number): string {
  const percent = part * 100;
  const isNearEnd = percent !== 0 && percent !== 100 && (percent > 99 || percent < 1);

  return `${isNearEnd ? percent.toFixed(1) : Math.round(percent)} %`;
}
