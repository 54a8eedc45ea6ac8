/** So many runs have to have ended before one of them can be called late. */
const leastKnown = 3;
export const lookedAtMax = 50;

/** The median of what the latest runs took, in ms; undefined where too few are known. */
export function usualMs(latestFirst: readonly number[]): number | undefined {
  if (latestFirst.length < leastKnown) return undefined;
  const sorted = latestFirst.slice(0, lookedAtMax).sort((a, b) => a - b);

  return sorted[Math.floor(sorted.length / 2)];
}
