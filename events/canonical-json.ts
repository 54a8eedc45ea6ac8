import { z } from 'zod';

/**
 * Any JSON value, typed as the immutable value it is treated as, and handed on as it is: `__proto__` is a key like any
 * other, which a copy member by member would lose.
 */
export const JsonValue = z
  .unknown()
  .refine(isJson, { error: 'not a JSON value' }) as unknown as z.ZodType<Json>;

/** The same for values by name. */
export const JsonObject = z
  .unknown()
  .refine((value) => isMapping(value) && isJson(value), { error: 'not a JSON object' })
  .meta({ type: 'object', additionalProperties: {} }) as unknown as z.ZodType<
  Record<string, Json>,
  Record<string, Json>
>;

function isJson(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value);
    case 'object':
      if (value === null) return true;
      if (Array.isArray(value)) return value.every(isJson);
      return (
        isMapping(value) && Object.values(value).every((member) => member === undefined || isJson(member))
      );
    default:
      return false;
  }
}

function isMapping(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);

  return prototype === Object.prototype || prototype === null;
}

/** A JSON value. Values are treated as immutable once they are part of a fact. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * The one text of a JSON value: keys sorted by UTF-16 code unit, no white space, numbers and strings as
 * JSON.stringify writes them, keys whose value is undefined left out (RFC 8785, which this follows).
 * Throws a TypeError on what JSON cannot hold: functions, symbols, NaN, infinities, cycles (as a RangeError).
 */
export function canonicalJson(value: unknown): string {
  return textOf(value, looksMax);
}

/** So deep parts are looked at by themselves that are in a whole out of order: the parts of a record, of its data. */
const looksMax = 3;

function textOf(value: unknown, looksLeft: number): string {
  return isInOrder(value) ? JSON.stringify(value) : ordered(value, looksLeft);
}

/** Whether JSON.stringify writes the canonical text of the value: most of ours has its keys in order already. */
function isInOrder(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value);
    case 'object':
      if (value === null) return true;
      return Array.isArray(value) ? areInOrder(value) : hasOrder(value as Members);
    default:
      return false;
  }
}

function areInOrder(values: readonly unknown[]): boolean {
  for (let index = 0; index < values.length; index += 1) if (!isInOrder(values[index])) return false;

  return true;
}

type Members = Readonly<Record<string, unknown>>;

function hasOrder(members: Members): boolean {
  if (members['toJSON'] !== undefined) return false;
  let before = '';
  for (const key in members) {
    if (key < before) return false;
    before = key;
    const member = members[key];
    if (member !== undefined && !isInOrder(member)) return false;
  }

  return true;
}

function ordered(value: unknown, looksLeft: number): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return numberText(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? arrayText(value, looksLeft) : objectText(value as Members, looksLeft);
    default:
      throw new TypeError(`${typeof value} is not a JSON value`);
  }
}

function numberText(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`${value} is not a JSON value`);

  return JSON.stringify(value);
}

function arrayText(values: readonly unknown[], looksLeft: number): string {
  let text = '[';
  for (let index = 0; index < values.length; index += 1) {
    text += index === 0 ? partOf(values[index], looksLeft) : `,${partOf(values[index], looksLeft)}`;
  }

  return `${text}]`;
}

function partOf(value: unknown, looksLeft: number): string {
  return looksLeft > 0 ? textOf(value, looksLeft - 1) : ordered(value, 0);
}

function objectText(value: Members, looksLeft: number): string {
  let text = '{';
  let separator = '';
  for (const key of sorted(Object.keys(value))) {
    const member = value[key];
    if (member === undefined) continue;
    text += `${separator}${keyText(key)}${partOf(member, looksLeft)}`;
    separator = ',';
  }

  return `${text}}`;
}

/** Most objects of ours are written with their keys in order already. */
function sorted(keys: string[]): readonly string[] {
  for (let index = 1; index < keys.length; index += 1) {
    if ((keys[index - 1] ?? '') > (keys[index] ?? '')) return keys.sort();
  }

  return keys;
}

const keyTexts = new Map<string, string>();

const keyTextsMax = 1_000;

/** The same few keys are written over and over. */
function keyText(key: string): string {
  const known = keyTexts.get(key);
  if (known !== undefined) return known;
  const text = `${JSON.stringify(key)}:`;
  if (keyTexts.size < keyTextsMax) keyTexts.set(key, text);

  return text;
}
