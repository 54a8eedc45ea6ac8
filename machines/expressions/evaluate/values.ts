import type { Json } from '../../../events/canonical-json.ts';
import { type Frame, spend } from '../frame.ts';
import { jsonDepthMax } from '../limits.ts';
import { isForbidden } from '../names.ts';
import { failed, overLimit, unfit } from '../outcome.ts';
import type { ValueType } from '../typing/typing.ts';
import { timeOf } from './calendar.ts';

export type JsonMap = { readonly [key: string]: Json };

export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

export function isMap(value: Json): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && timeOf(value) === undefined;
}

/** The value as JSON: what has texts in place of times. */
export function withoutTimes(value: Json): Json {
  const time = timeOf(value);
  if (time !== undefined) return time.toString();
  if (isList(value)) return value.map(withoutTimes);
  if (!isMap(value)) return value;

  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withoutTimes(member)]));
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

export function needList(value: Json | undefined, what: string): readonly Json[] {
  if (value !== undefined && isList(value)) return value;
  throw unfit(`${what} needs a list`, value);
}

/** A key of a map that an expression makes. */
export function checkedKey(name: string): string {
  if (isForbidden(name)) throw failed(`"${name}" must not be a key`);
  return name;
}

/** A number JSON can hold. Minus zero becomes zero: the two would not survive a journal alike. */
export function finite(value: number): number {
  if (Number.isFinite(value)) return value + 0;
  throw failed('the result is too large for a number');
}

/** Below 0, 0 or above it, as the left value comes before the right one; undefined where they have no order. */
export function orderOf(left: Json, right: Json): number | undefined {
  const [one, other] = [timeOf(left), timeOf(right)];
  if (one !== undefined || other !== undefined)
    return one !== undefined && one.kind === other?.kind ? one.ms - other.ms : undefined;
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right);
  if (typeof left !== 'string' || typeof right !== 'string') return undefined;
  if (left === right) return 0;

  return left < right ? -1 : 1;
}

/** Whether two values are the same JSON. Values of different kinds are different, never an error. */
export function equal(left: Json, right: Json, frame: Frame, depthLeft = jsonDepthMax): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (depthLeft === 0) throw overLimit(`values nested deeper than ${jsonDepthMax} are not compared`);
  if (isList(left) && isList(right)) return equalLists(left, right, frame, depthLeft);
  if (isMap(left) && isMap(right)) return equalMaps(left, right, frame, depthLeft);

  return orderOf(left, right) === 0;
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

/** What people are told of a function, or of what is called on a value. */
export type Words = {
  /** Such as `substring(from, to?)`. */
  readonly signature: string;
  readonly doc: string;
  /** An expression that needs no data. */
  readonly example: string;
};

/** A function: what people are told of it, what the checker knows of it, and what it does. */
export type Builtin = Words & {
  /** How many arguments it has to have and may have; the value before a dot is the first. */
  readonly least: number;
  readonly most: number;
  /** What each argument may be. The last kind holds for all that follow; without any, everything fits. */
  readonly takes: readonly (readonly ValueType[])[];
  readonly gives: ValueType;
  readonly apply: (args: readonly Json[], frame: Frame) => Json;
};

type More = Partial<Pick<Builtin, 'least' | 'most' | 'takes'>> & Pick<Builtin, 'gives' | 'apply'>;

/** A function of one argument, unless it is said otherwise. */
export function builtin(signature: string, doc: string, example: string, more: More): Builtin {
  const least = more.least ?? 1;

  return { signature, doc, example, takes: [], ...more, least, most: more.most ?? least };
}

/** How messages call a function of this signature: `substring()`. */
export function calledAs(signature: string): string {
  return `${nameIn(signature)}()`;
}

function nameIn(signature: string): string {
  return signature.slice(0, signature.indexOf('('));
}

/** By their names, in this order. */
export function byName(...all: readonly Builtin[]): ReadonlyMap<string, Builtin> {
  return new Map(all.map((each) => [nameIn(each.signature), each]));
}
