import type { KpiPeriod } from '../../events/kpi-events.ts';
import { dueTime, isoTime, timeMs } from '../due-time.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** 1970-01-01 was a Thursday, and weeks begin with Monday. */
const firstMondayMs = -3 * dayMs;

/** More than a period has, and less than two have: its first moment and so much lies in the next one. */
const lengthMs: Readonly<Record<KpiPeriod, number>> = {
  hour: hourMs,
  day: dayMs,
  week: 7 * dayMs,
  month: 32 * dayMs,
  quarter: 93 * dayMs,
  year: 367 * dayMs,
};

/**
 * The name of the period that a time (ISO 8601, UTC) lies in: `2026-11-26T13`, `2026-11-26`, the Monday of a week,
 * `2026-11`, `2026-Q4`, `2026`. Names of one kind sort by time.
 */
export function periodOf(kind: KpiPeriod, at: string): string {
  switch (kind) {
    case 'hour':
      return at.slice(0, 13);
    case 'day':
      return at.slice(0, 10);
    case 'week': {
      const weeks = Math.floor((timeMs(at) - firstMondayMs) / lengthMs.week);
      return isoTime(firstMondayMs + weeks * lengthMs.week).slice(0, 10);
    }
    case 'month':
      return at.slice(0, 7);
    case 'quarter':
      return `${at.slice(0, 4)}-Q${Math.ceil(Number(at.slice(5, 7)) / 3)}`;
    case 'year':
      return at.slice(0, 4);
  }
}

/** The first moment of a period: ISO 8601, UTC. */
export function periodStart(kind: KpiPeriod, period: string): string {
  switch (kind) {
    case 'hour':
      return `${period}:00:00.000Z`;
    case 'day':
    case 'week':
      return `${period}T00:00:00.000Z`;
    case 'month':
      return `${period}-01T00:00:00.000Z`;
    case 'quarter': {
      const month = String(Number(period.slice(-1)) * 3 - 2).padStart(2, '0');
      return `${period.slice(0, 4)}-${month}-01T00:00:00.000Z`;
    }
    case 'year':
      return `${period}-01-01T00:00:00.000Z`;
  }
}

export function nextPeriod(kind: KpiPeriod, period: string): string {
  return periodOf(kind, dueTime(periodStart(kind, period), lengthMs[kind]));
}

/** The first moment that lies behind a period. */
export function periodEnd(kind: KpiPeriod, period: string): string {
  return periodStart(kind, nextPeriod(kind, period));
}

/** The periods from one to another, both included, at most `most`, the last ones; none where `to` comes first. */
export function periodsBetween(kind: KpiPeriod, from: string, to: string, most: number): readonly string[] {
  const found: string[] = [];
  for (let period = from; period <= to; period = nextPeriod(kind, period)) {
    found.push(period);
    if (found.length > most) found.shift();
  }

  return found;
}
