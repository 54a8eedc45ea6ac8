import type { Json } from '../../events/canonical-json.ts';
import { timeOf } from './evaluate/calendar.ts';
import { measureJson } from './evaluate/json-size.ts';

const shownCharactersMax = 80;
const keptCharactersMax = 400;

/** A value as a message quotes it: its JSON text when short, else what kind of value it is. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(cut(value, shownCharactersMax));
  const time = timeOf(value);
  if (time !== undefined) return time.toString();

  return large(value, shownCharactersMax) ?? JSON.stringify(value);
}

/** The value itself when it is small, else a text that says what was there. */
export function shortenValue(value: Json): Json {
  if (typeof value === 'string') return cut(value, keptCharactersMax);

  return large(value, keptCharactersMax) ?? value;
}

function cut(text: string, charactersMax: number): string {
  return text.length <= charactersMax
    ? text
    : `${text.slice(0, charactersMax)}... (${text.length} characters)`;
}

/** What kind of value stands where one is too large to be written, or none at all. */
function large(value: unknown, charactersMax: number): string | undefined {
  const size = measureJson(value, charactersMax);
  if (size.kind === 'fits') return undefined;
  if (size.kind === 'foreign') return size.what;

  return Array.isArray(value) ? `a list of ${value.length}` : `a map of ${Object.keys(value ?? {}).length}`;
}
