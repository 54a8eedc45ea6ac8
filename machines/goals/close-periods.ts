import type { KpiPeriodClosed } from '../../events/kpi-events.ts';
import { isoTime } from '../due-time.ts';
import type { Kpi } from './enterprise.ts';
import type { KpiFold } from './kpi-fold.ts';
import { nextPeriod, periodOf, periodsBetween } from './periods.ts';

/** A run that ends in the last moment of a period is known of by then. */
const graceMs = 10_000;
/** Of a KPI that is new, periods that were over long before are no news. */
const closedMax = 60;

/** The periods that are over at a time (ms since 1970) and not closed yet, the oldest first, with how they were. */
export function periodsToClose(
  { target, better, rule: { period: kind } }: Kpi,
  fold: Pick<KpiFold, 'valueIn' | 'values' | 'closed' | 'begunAt'>,
  nowMs: number,
): readonly KpiPeriodClosed[] {
  const last = fold.closed().at(-1);
  const begunAt = fold.begunAt();
  if (begunAt === undefined) return [];
  const begun = [
    periodOf(kind, begunAt),
    ...fold
      .values()
      .slice(0, 1)
      .map(({ period }) => period),
  ].sort();
  const first = last === undefined ? (begun[0] ?? '') : nextPeriod(kind, last.period);
  const now = periodOf(kind, isoTime(nowMs - graceMs));
  const over = periodsBetween(kind, first, now, closedMax + 1).filter((period) => period < now);
  let missed = last?.missed ?? 0;

  return over.map((period) => {
    const value = fold.valueIn(period);
    missed = misses(value.value, target, better) ? missed + 1 : 0;
    return { ...value, ...(target === undefined ? {} : { target }), better, missed };
  });
}

/** Where no run gives a value, nobody can say that it was missed. */
function misses(value: number | null, target: number | undefined, better: Kpi['better']): boolean {
  if (value === null || target === undefined) return false;

  return better === 'higher' ? value < target : value > target;
}
