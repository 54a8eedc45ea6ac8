import type { Json } from '../api/json.ts';

/** The values inside of a value with their names; undefined where it has no inside. */
export function childrenOf(value: Json | undefined): readonly (readonly [string, Json])[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;

  return Object.entries(value) as readonly (readonly [string, Json])[];
}

/** A value on one line. */
export function leafText(value: Json | undefined): string {
  return value === undefined ? '-' : JSON.stringify(value);
}

/** What a closed branch says of itself: `[3 items]`, `{2 fields}`. */
export function closedText(value: Json | undefined, count: number): string {
  const word = Array.isArray(value) ? 'item' : 'field';
  const said = `${count} ${word}${count === 1 ? '' : 's'}`;

  return Array.isArray(value) ? `[${said}]` : `{${said}}`;
}
