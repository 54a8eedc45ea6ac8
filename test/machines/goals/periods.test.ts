// Periods and forecasts. Method: known calendars, and lines through values whose line is known.
import { expect, test } from 'vitest';
import { kpiPeriods } from '../../../events/kpi-events.ts';
import { trendLine, trendOf } from '../../../machines/goals/forecast.ts';
import { nextPeriod, periodEnd, periodOf, periodStart } from '../../../machines/goals/periods.ts';

test('a time lies in one period of each kind', () => {
  const names = kpiPeriods.map((kind) => periodOf(kind, '2026-11-26T13:59:59.999Z'));
  expect(names).toEqual(['2026-11-26T13', '2026-11-26', '2026-11-23', '2026-11', '2026-Q4', '2026']);
});

test('through four years, leap day included, each period ends where the next one begins', () => {
  for (const kind of kpiPeriods) {
    let period = periodOf(kind, '2023-12-25T00:00:00.000Z');
    for (let count = 0; count < 1_500; count += 1) {
      const [start, end] = [periodStart(kind, period), periodEnd(kind, period)];
      expect(periodOf(kind, start)).toBe(period);
      expect(periodOf(kind, new Date(Date.parse(end) - 1).toISOString())).toBe(period);
      period = nextPeriod(kind, period);
      expect(periodStart(kind, period)).toBe(end);
    }
  }
});

test('the line of least squares goes through values that lie on a line, and between those that do not', () => {
  const line = trendLine([10, 20, 30]);
  expect([line?.at(0), line?.at(3), line?.slope]).toEqual([10, 40, 10]);
  // By hand: mean 20, slope ((-1.5*10)+(-0.5*30)+(0.5*10)+(1.5*30))/5 = 4.
  expect(trendLine([10, 30, 10, 30])?.slope).toBe(4);
  expect(trendLine([10, 30, 10, 30])?.at(4)).toBe(30);
  expect(trendLine([1, 2])).toBeUndefined();
  const trend = (values: readonly number[]) => {
    const found = trendLine(values);
    return found && trendOf(found, values.length);
  };
  expect([trend([1, 2, 3]), trend([3, 2, 1]), trend([100, 100.5, 100])]).toEqual(['up', 'down', 'flat']);
});
