/** The smallest of the values that so large a part of them does not exceed; undefined where there are none. */
export function nearestRank(values: readonly number[], part: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);

  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)];
}
