const namedMax = 5;

/** `a`, `a and b`, `a, b and c`; of many the first few, and how many more there are. */
export function named(ids: readonly string[]): string {
  if (ids.length === 0) return 'the run';
  if (ids.length > namedMax) {
    return `${ids.slice(0, namedMax - 1).join(', ')} and ${ids.length - namedMax + 1} more`;
  }
  const last = ids.at(-1) ?? '';

  return ids.length === 1 ? last : `${ids.slice(0, -1).join(', ')} and ${last}`;
}
