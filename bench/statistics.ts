/** The value below which the fraction `q` of the sorted samples lies. */
export function quantile(samples: readonly number[], q: number): number {
  const sorted = [...samples].sort((a, b) => a - b);

  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}
