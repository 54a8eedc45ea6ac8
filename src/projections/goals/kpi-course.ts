import { isoTime } from '../../../machines/due-time.ts';
import type { Goal, Kpi } from '../../../machines/goals/enterprise.ts';
import { forecastPeriodsMax, type TrendLine, trendLine, trendOf } from '../../../machines/goals/forecast.ts';
import {
  nextPeriod,
  periodEnd,
  periodOf,
  periodStart,
  periodsBetween,
} from '../../../machines/goals/periods.ts';
import { defined } from '../../../machines/language/defined.ts';
import type { GoalNode, GoalReport } from '../../api/goals.ts';
import type { KpiBook } from '../../ports/goals.ts';

/** A KPI as its events make it. */
export type FoldedKpi = Awaited<ReturnType<KpiBook['kpi']>>;

/** The periods that are shown of a KPI, and looked at. */
const periodsMax = 60;
/** A forecast reaches so many periods ahead. */
const aheadMax = 400;

/** How a KPI went by periods, and how it goes on. */
export type KpiCourse = {
  readonly kpi: Kpi;
  readonly fold: FoldedKpi;
  /** The period that is under way. */
  readonly now: string;
  /** Those that are over, and the one under way, the oldest first. */
  readonly periods: readonly string[];
  /** Through the values of the last ones that are over, at most twelve; undefined where there are too few. */
  readonly line?: TrendLine;
  /** How many values the line goes through. */
  readonly known: number;
};

export function kpiCourse(kpi: Kpi, fold: FoldedKpi, nowMs: number): KpiCourse {
  const kind = kpi.rule.period;
  const now = periodOf(kind, isoTime(nowMs));
  const begunAt = fold.begunAt();
  const first = [
    ...fold.values().map(({ period }) => period),
    ...(begunAt ? [periodOf(kind, begunAt)] : []),
  ].sort();
  const periods = periodsBetween(kind, first[0] ?? now, now, periodsMax);
  const over = periods
    .filter((period) => period < now)
    .flatMap((period) => fold.valueIn(period).value ?? [])
    .slice(-forecastPeriodsMax);

  return defined({ kpi, fold, now, periods, line: trendLine(over), known: over.length });
}

/** What the line says of the period so many behind the last one that is over; no less than nothing. */
function ahead({ line, known, kpi }: KpiCourse, periods: number): number | undefined {
  const value = line?.at(known - 1 + periods);
  if (value === undefined) return undefined;
  if (kpi.rule.measure === 'success_rate') return Math.min(1, Math.max(0, value));

  return Math.max(0, value);
}

type Measured = Pick<
  GoalNode,
  | 'value'
  | 'target'
  | 'unit'
  | 'better'
  | 'progress'
  | 'trend'
  | 'forecast'
  | 'isOnTrack'
  | 'missed'
  | 'period'
>;

/** How a KPI is in the period under way. */
export function kpiState(course: KpiCourse): Measured {
  const { kpi, fold, now, line, known } = course;
  const { target, better, unit } = kpi;
  const value = fold.valueIn(now).value ?? undefined;
  const forecast = ahead(course, 1);

  return defined({
    ...judged({ value, target, forecast, better }),
    unit,
    better,
    period: now,
    trend: line && trendOf(line, known),
    missed: fold.closed().at(-1)?.missed,
  });
}

/** How far a goal is by its KPI: what counts adds up from its beginning on, everything else is as it was last. */
export function goalState({ target, unit, from, due }: Goal, course: KpiCourse): Measured {
  const { kpi, fold, now, periods, line, known } = course;
  const kind = kpi.rule.period;
  const first = from === undefined ? '' : periodOf(kind, `${from}T00:00:00.000Z`);
  const last = due === undefined ? undefined : periodOf(kind, `${due}T00:00:00.000Z`);
  const inside = fold
    .values()
    .filter(({ period }) => period >= first && (last === undefined || period <= last));
  const addsUp = kpi.rule.measure === 'count' || kpi.rule.measure === 'sum';
  const sum = inside.reduce((total, { value }) => total + (value ?? 0), 0);
  const value = addsUp ? sum : inside.findLast(({ value: each }) => each !== null)?.value;
  const rest = last === undefined || last < now ? [] : periodsBetween(kind, now, last, aheadMax);
  const current = fold.valueIn(now).value ?? 0;
  const coming = rest.map((_, index) => ahead(course, index + 1) ?? 0);
  const added = coming.reduce(
    (total, each, index) => total + (index === 0 ? Math.max(0, each - current) : each),
    0,
  );
  const forecast = rest.length === 0 ? undefined : addsUp ? sum + added : coming.at(-1);

  return defined({
    ...judged({ value: value ?? undefined, target, forecast: line && forecast, better: kpi.better }),
    unit: unit ?? kpi.unit,
    better: kpi.better,
    period: periods.at(-1),
    trend: line && trendOf(line, known),
  });
}

function judged({
  value,
  target,
  forecast,
  better,
}: {
  readonly value: number | undefined;
  readonly target: number | undefined;
  readonly forecast: number | undefined;
  readonly better: Kpi['better'];
}) {
  const isOnTrack = onTrack(value, { target, forecast, better });

  return defined({ value, target, forecast, progress: progressOf(value, target, better), isOnTrack });
}

/** Nobody knows it of what may still grow, and of which too little is known for a forecast. */
function onTrack(
  value: number | undefined,
  {
    target,
    forecast,
    better,
  }: {
    readonly target: number | undefined;
    readonly forecast: number | undefined;
    readonly better: Kpi['better'];
  },
): boolean | undefined {
  const foreseen = forecast ?? value;
  if (target === undefined || foreseen === undefined) return undefined;
  if (better === 'lower') return foreseen <= target;
  if (Math.max(foreseen, value ?? foreseen) >= target) return true;

  return forecast === undefined ? undefined : false;
}

/** Of what has to be low, all is reached where it is no higher than the target. */
function progressOf(value: number | undefined, target: number | undefined, better: Kpi['better']) {
  if (value === undefined || target === undefined) return undefined;
  if (better === 'lower') return value <= target ? 1 : target / value;

  return target === 0 ? 1 : Math.max(0, value / target);
}

/** The periods of a KPI with what they came to, and the next one as it is foreseen. */
export function kpiPeriods(course: KpiCourse): GoalReport['periods'] {
  const { kpi, fold, now, periods } = course;
  const kind = kpi.rule.period;
  const next = nextPeriod(kind, now);
  const row = (period: string, forecast: number | undefined) =>
    defined({
      ...fold.valueIn(period),
      from: periodStart(kind, period),
      to: periodEnd(kind, period),
      isOver: period < now,
      forecast,
    });
  const known = periods.map((period) => row(period, period === now ? ahead(course, 1) : undefined));
  const foreseen = ahead(course, 2);

  return foreseen === undefined ? known : [...known, { ...row(next, foreseen), value: null, runs: 0 }];
}
