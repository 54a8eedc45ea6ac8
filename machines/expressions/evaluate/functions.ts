import type { Json } from '../../../events/canonical-json.ts';
import { type Frame, spend, spendText } from '../frame.ts';
import { jsonDepthMax, resultCharactersMax } from '../limits.ts';
import { isForbidden } from '../names.ts';
import { failed, overLimit, unfit } from '../outcome.ts';
import { measureJson } from './json-size.ts';

/** A function by its name: how many arguments it takes, and what it gives. */
export type Builtin = {
  readonly least: number;
  readonly most: number;
  readonly apply: (args: readonly Json[], frame: Frame) => Json;
};

/**
 * The functions of the language, besides `has(a.b)` and `regex(text, pattern)`:
 * - `size(x)`: characters of a text, items of a list, members of a map
 * - `string(x)`: a number, true or false as text; `json(x)`: any value as JSON text
 * - `int(x)`: a whole number from a text, or a number without its fraction; `double(x)`: a number from a text
 * - `bool(x)`: true or false from the text "true" or "false"
 * - `abs(x)`, `floor(x)`, `ceil(x)`, `round(x)` (halves away from zero); `min(...)`, `max(...)` of numbers or of
 * one list
 */
export const functions: ReadonlyMap<string, Builtin> = new Map([
  ['size', unary((value, frame) => sizeOf(value, frame))],
  ['string', unary(toText)],
  ['json', unary(toJson)],
  ['int', unary(toInt)],
  ['double', unary(toDouble)],
  ['bool', unary(toBoolean)],
  ['abs', unary((value) => Math.abs(needNumber(value, 'abs()')))],
  ['floor', unary((value) => finite(Math.floor(needNumber(value, 'floor()'))))],
  ['ceil', unary((value) => finite(Math.ceil(needNumber(value, 'ceil()'))))],
  ['round', unary((value) => round(needNumber(value, 'round()')))],
  ['min', extreme('min()', (left, right) => left < right)],
  ['max', extreme('max()', (left, right) => left > right)],
]);

/** Characters (code points) of a text, items of a list, members of a map. */
export function sizeOf(value: Json, frame: Frame): number {
  if (isList(value)) return value.length;
  if (isMap(value)) {
    const { length } = Object.keys(value);
    spend(frame, length);
    return length;
  }
  if (typeof value !== 'string') throw unfit('size() needs a text, a list or a map', value);
  spend(frame, Math.ceil(value.length / 4));
  let size = 0;
  for (const _ of value) size += 1;

  return size;
}

function unary(apply: (value: Json, frame: Frame) => Json): Builtin {
  return { least: 1, most: 1, apply: ([value = null], frame) => apply(value, frame) };
}

function toText(value: Json): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);

  throw unfit('string() needs a number, a text, true or false (json(x) writes any value)', value);
}

function toJson(value: Json, frame: Frame): string {
  const size = measureJson(value, resultCharactersMax);
  if (size.kind === 'foreign') throw failed(`json() was given ${size.what}, which is not JSON`);
  if (size.kind !== 'fits')
    throw overLimit(`json() was given a value larger than ${resultCharactersMax} characters`);
  spendText(frame, 16 * size.characters);

  return JSON.stringify(value);
}

function toInt(value: Json): number {
  const whole = typeof value === 'string' && /^[+-]?\d+$/.test(value) ? Number(value) : value;
  if (typeof whole !== 'number') throw unfit('int() needs a number or a text of digits', value);
  if (!Number.isSafeInteger(Math.trunc(whole)))
    throw unfit('int() needs a number that is exact as JSON', value);

  return Math.trunc(whole) + 0;
}

function toDouble(value: Json): number {
  if (typeof value === 'number') return value;
  const isNumber = typeof value === 'string' && /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value);
  if (!isNumber) throw unfit('double() needs a number or a text that writes one', value);

  return finite(Number(value));
}

function toBoolean(value: Json): boolean {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 'false') return value === 'true';

  throw unfit('bool() needs true, false, "true" or "false"', value);
}

function round(value: number): number {
  return finite(Math.sign(value) * Math.round(Math.abs(value)));
}

function extreme(name: string, wins: (left: number, right: number) => boolean): Builtin {
  const apply = (args: readonly Json[], frame: Frame): number => {
    const [first] = args;
    const items = args.length === 1 && first !== undefined && isList(first) ? first : args;
    if (items.length === 0) throw failed(`${name} of an empty list`);
    spend(frame, items.length);

    return items
      .map((item) => needNumber(item, name))
      .reduce((best, item) => (wins(item, best) ? item : best));
  };

  return { least: 1, most: 32, apply };
}

export type JsonMap = { readonly [key: string]: Json };

export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

export function isMap(value: Json): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member of a map, its own only, or undefined. The one place where members are read. */
export function ownMember(map: JsonMap, key: string): Json | undefined {
  return Object.hasOwn(map, key) && !isForbidden(key) ? map[key] : undefined;
}

export function needNumber(value: Json | undefined, what: string): number {
  if (typeof value === 'number') return value;
  throw unfit(`${what} needs a number`, value);
}

export function needText(value: Json | undefined, what: string): string {
  if (typeof value === 'string') return value;
  throw unfit(`${what} needs a text`, value);
}

export function needBoolean(value: Json, what: string): boolean {
  if (typeof value === 'boolean') return value;
  throw unfit(`${what} needs true or false`, value);
}

/** A number JSON can hold. Minus zero becomes zero: the two would not survive a journal alike. */
export function finite(value: number): number {
  if (Number.isFinite(value)) return value + 0;
  throw failed('the result is too large for a number');
}

/** Whether two values are the same JSON. Values of different kinds are different, never an error. */
export function equal(left: Json, right: Json, frame: Frame, depthLeft = jsonDepthMax): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (depthLeft === 0) throw overLimit(`values nested deeper than ${jsonDepthMax} are not compared`);
  if (isList(left) && isList(right)) return equalLists(left, right, frame, depthLeft);

  return isMap(left) && isMap(right) && equalMaps(left, right, frame, depthLeft);
}

function equalLists(left: readonly Json[], right: readonly Json[], frame: Frame, depthLeft: number): boolean {
  if (left.length !== right.length) return false;
  spend(frame, left.length);

  return left.every((item, index) => equal(item, right[index] ?? null, frame, depthLeft - 1));
}

function equalMaps(left: JsonMap, right: JsonMap, frame: Frame, depthLeft: number): boolean {
  const keys = Object.keys(left);
  const others = Object.keys(right).length;
  spend(frame, keys.length + others);
  if (keys.length !== others) return false;

  return keys.every((key) => {
    const other = ownMember(right, key);
    return other !== undefined && equal(left[key] ?? null, other, frame, depthLeft - 1);
  });
}
