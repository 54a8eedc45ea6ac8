import type { Json } from '../../../../events/canonical-json.ts';
import { messageOf } from '../../../lib/text.ts';

/** Reads JSON text, or says where it stops being JSON. */
export function parseJson(
  text: string,
): { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly message: string } {
  const json = text.replace(/^\uFEFF/, '');
  if (json.trim() === '') return { ok: false, message: 'the text is empty' };
  try {
    const value = JSON.parse(json) as Json;
    const fits = isShallow(value, depthMax);
    return fits ? { ok: true, value } : { ok: false, message: `it nests deeper than ${depthMax}` };
  } catch (error) {
    const reason = messageOf(error);
    return { ok: false, message: placed(reason, json) };
  }
}

/** Node says the offset for some mistakes, and for others quotes what stands around them. */
function placed(reason: string, text: string): string {
  const position = /position (\d+)/.exec(reason)?.[1];
  if (position !== undefined) {
    return `${placeOf(text, Number(position))}: ${reason.replace(/ in JSON at position[\s\S]*$/, '')}`;
  }
  const quoted = /, (?:\.{3})?"([\s\S]*)"(?:\.{3})? is not valid JSON$/.exec(reason);
  const around = quoted?.[1] ?? '';
  const at = around === '' ? -1 : text.indexOf(around);
  if (at === -1) return reason;

  return `line ${text.slice(0, at).split('\n').length}, at or after ${JSON.stringify(around)}: ${reason.slice(0, quoted?.index)}`;
}

const depthMax = 128;

function isShallow(value: Json, left: number): boolean {
  if (typeof value !== 'object' || value === null) return true;

  return left > 0 && Object.values(value).every((each: Json) => isShallow(each, left - 1));
}

function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');

  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

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
