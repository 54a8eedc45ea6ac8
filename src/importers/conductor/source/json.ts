import type { Json } from '../../../../events/canonical-json.ts';

export type JsonMap = { readonly [key: string]: Json };

export function isMap(value: Json | undefined): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

export function mapAt(map: JsonMap, key: string): JsonMap {
  const value = map[key];

  return isMap(value) ? value : {};
}

export function listAt(map: JsonMap, key: string): readonly Json[] {
  const value = map[key];

  return isArray(value) ? value : [];
}

/** A text that is there and not blank. */
export function textAt(map: JsonMap, key: string): string | undefined {
  const value = map[key];

  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

/** A number, also when it is written as a text. */
export function numberAt(map: JsonMap, key: string): number | undefined {
  const value = map[key];
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;

  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** What an export of Conductor writes for a field that nobody has set. */
export function isUnset(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '' || value === false || value === 0) return true;

  return isArray(value) ? value.length === 0 : isMap(value) && Object.keys(value).length === 0;
}

/** A value in one short line, for messages. */
export function shown(value: Json | undefined): string {
  const text = JSON.stringify(value ?? null);

  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** A JSON pointer one level deeper. */
export function below(pointer: string, ...keys: readonly (string | number)[]): string {
  return keys.reduce<string>(
    (path, key) => `${path}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`,
    pointer,
  );
}
