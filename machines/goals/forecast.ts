/** A line through the values of successive periods: `at(0)` is what it says of the first of them. */
export type TrendLine = { readonly slope: number; readonly at: (index: number) => number };

/** Fewer values lie on any line. */
const forecastPeriodsMin = 3;
/** What happened longer ago says little of what comes. */
export const forecastPeriodsMax = 12;

/**
 * The line of least squares: of all lines the one whose squared distances from the values are the least in sum.
 * Undefined for fewer than three values.
 */
export function trendLine(values: readonly number[]): TrendLine | undefined {
  const count = values.length;
  if (count < forecastPeriodsMin) return undefined;
  const middle = (count - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const spread = values.reduce((sum, _, index) => sum + (index - middle) ** 2, 0);
  const together = values.reduce((sum, value, index) => sum + (index - middle) * (value - mean), 0);
  const slope = together / spread;

  return { slope, at: (index) => mean + slope * (index - middle) };
}

/** A change of less than a hundredth of the mean from one period to the next is none. */
const flatPart = 0.01;

export function trendOf(line: TrendLine, count: number): 'up' | 'down' | 'flat' {
  const mean = Math.abs(line.at((count - 1) / 2));
  if (Math.abs(line.slope) <= mean * flatPart) return 'flat';

  return line.slope > 0 ? 'up' : 'down';
}
