import type { Json } from '../../../events/canonical-json.ts';
import { InexactNumber, parseJsonText } from '../../../events/json-text.ts';
import { sha256Hex } from '../../hash.ts';
import { checkTextLength, type Frame, spend, spendText } from '../frame.ts';
import { jsonDepthMax, resultCharactersMax } from '../limits.ts';
import { failed, overLimit, unfit } from '../outcome.ts';
import { timeOf } from './calendar.ts';
import { isTooDeep, measureJson } from './json-size.ts';
import { timeFunctions } from './times.ts';
import {
  type Builtin,
  builtin,
  byName,
  calledAs,
  checkedKey,
  finite,
  isList,
  isMap,
  type JsonMap,
  needList,
  needNumber,
  needText,
  withoutTimes,
} from './values.ts';

const sized = [['text', 'list', 'map']] as const;
const number = [['number']] as const;
const numbers = [['number', 'list'], ['number']] as const;
const text = [['text']] as const;

/** The functions of the language, besides `has(a.b)` and `regex(text, pattern)`, which are forms of their own. */
export const functions: ReadonlyMap<string, Builtin> = byName(
  builtin('size(x)', 'Characters of a text, items of a list, members of a map.', 'size([1, 2])', {
    takes: sized,
    gives: 'number',
    apply: ([value = null], frame) => sizeOf(value, frame),
  }),
  builtin('string(x)', 'A number, true or false, a time or a duration as text.', 'string(12)', {
    takes: [['text', 'number', 'boolean', 'timestamp', 'duration']],
    gives: 'text',
    apply: ([value = null]) => toText(value),
  }),
  builtin('int(x)', 'A whole number from a text, or a number without its fraction.', 'int("12")', {
    takes: [['number', 'text', 'timestamp']],
    gives: 'number',
    apply: ([value = null]) => toInt(value),
  }),
  builtin('double(x)', 'A number from a text.', 'double("1.5")', {
    takes: [['number', 'text']],
    gives: 'number',
    apply: ([value = null]) => toDouble(value),
  }),
  builtin('bool(x)', 'true or false from the text "true" or "false".', 'bool("true")', {
    takes: [['boolean', 'text']],
    gives: 'boolean',
    apply: ([value = null]) => toBoolean(value),
  }),
  builtin('dyn(x)', 'The value itself: nothing here has a fixed type, unlike elsewhere in CEL.', 'dyn(1)', {
    gives: 'any',
    apply: ([value = null]) => value,
  }),
  ofNumber('abs(x)', 'A number without its sign.', 'abs(-2)', Math.abs),
  ofNumber('floor(x)', 'The whole number at or below.', 'floor(1.5)', Math.floor),
  ofNumber('ceil(x)', 'The whole number at or above.', 'ceil(1.5)', Math.ceil),
  ofNumber('round(x)', 'The nearest whole number, halves away from zero.', 'round(1.5)', round),
  ofNumbers('min(a, b, ...)', 'The least of numbers, or of one list.', 'min(1, 2)', (items) =>
    items.reduce((best, item) => Math.min(best, item)),
  ),
  ofNumbers('max(a, b, ...)', 'The greatest of numbers, or of one list.', 'max([1, 2])', (items) =>
    items.reduce((best, item) => Math.max(best, item)),
  ),
  ofNumbers('avg(a, b, ...)', 'What numbers, or those of one list, are on average.', 'avg([1, 2])', (items) =>
    finite(items.reduce((sum, item) => sum + item, 0) / items.length),
  ),
  builtin('sum(list)', 'The sum of the numbers of a list; 0 of an empty one.', 'sum([1, 2])', {
    takes: [['list']],
    gives: 'number',
    apply: ([list], frame) =>
      finite(numbersIn(needList(list, 'sum()'), 'sum()', frame).reduce((sum, item) => sum + item, 0)),
  }),
  builtin('zip(a, b)', 'Pairs of the items of two lists that are as long.', 'zip(["a"], [1])', {
    least: 2,
    takes: [['list']],
    gives: 'list',
    apply: ([a, b], frame) => zip(needList(a, 'zip()'), needList(b, 'zip()'), frame),
  }),
  builtin('merge(a, b, ...)', 'One map of several; a later one wins.', 'merge({"a": 1}, {"a": 2})', {
    least: 2,
    most: 32,
    takes: [['map']],
    gives: 'map',
    apply: merge,
  }),
  builtin('json(x)', 'Any value as JSON text.', 'json({"a": 1})', {
    gives: 'text',
    apply: ([value = null], frame) => toJson(withoutTimes(value), frame),
  }),
  builtin('parse_json(text)', 'The value of a JSON text.', 'parse_json("[1, 2]")', {
    takes: text,
    gives: 'any',
    apply: ([value], frame) => fromJson(needText(value, 'parse_json()'), frame),
  }),
  builtin('base64(text)', 'A text in UTF-8 as Base64.', 'base64("hello")', {
    takes: text,
    gives: 'text',
    apply: ([value], frame) => toBase64(needText(value, 'base64()'), frame),
  }),
  builtin('from_base64(text)', 'The text in UTF-8 that Base64 stands for.', 'from_base64("aGVsbG8=")', {
    takes: text,
    gives: 'text',
    apply: ([value], frame) => fromBase64(needText(value, 'from_base64()'), frame),
  }),
  builtin('sha256(text)', 'The SHA-256 digest of a text in UTF-8, in hex.', 'sha256("a")', {
    takes: text,
    gives: 'text',
    apply: ([value], frame) => hashed(needText(value, 'sha256()'), frame),
  }),
  builtin(
    'uuid(text)',
    'A UUID that is the same for the same text, such as of the id of the run and a word.',
    'uuid("order 7")',
    { takes: text, gives: 'text', apply: ([value], frame) => uuidOf(needText(value, 'uuid()'), frame) },
  ),
  ...timeFunctions,
);

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

function ofNumber(
  signature: string,
  doc: string,
  example: string,
  apply: (value: number) => number,
): Builtin {
  const name = calledAs(signature);

  return builtin(signature, doc, example, {
    takes: number,
    gives: 'number',
    apply: ([value]) => finite(apply(needNumber(value, name))),
  });
}

/** Of several numbers, or of one list of them that is not empty. */
function ofNumbers(
  signature: string,
  doc: string,
  example: string,
  apply: (items: readonly number[]) => number,
): Builtin {
  const name = calledAs(signature);

  return builtin(signature, doc, example, {
    most: 32,
    takes: numbers,
    gives: 'number',
    apply: (args, frame) => {
      const [first] = args;
      const items = args.length === 1 && first !== undefined && isList(first) ? first : args;
      if (items.length === 0) throw failed(`${name} of an empty list`);

      return apply(numbersIn(items, name, frame));
    },
  });
}

function numbersIn(items: readonly Json[], name: string, frame: Frame): readonly number[] {
  spend(frame, items.length);

  return items.map((item) => needNumber(item, name));
}

function toText(value: Json): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean' || timeOf(value) !== undefined)
    return String(value);

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

function fromJson(written: string, frame: Frame): Json {
  spendText(frame, 16 * written.length);
  try {
    const value = parseJsonText(written);
    if (isTooDeep(value, jsonDepthMax))
      throw overLimit(`parse_json() was given more than ${jsonDepthMax} levels`);

    return value;
  } catch (error) {
    if (error instanceof InexactNumber) throw failed(`parse_json(): ${error.message}`);
    if (error instanceof SyntaxError) throw unfit('parse_json() needs a JSON text', written);
    throw error;
  }
}

function toInt(value: Json): number {
  const time = timeOf(value);
  if (time?.kind === 'timestamp') return Math.floor(time.ms / 1_000);
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
  if (typeof value === 'string' && /^(true|TRUE|True|t|1)$/.test(value)) return true;
  if (typeof value === 'string' && /^(false|FALSE|False|f|0)$/.test(value)) return false;

  throw unfit('bool() needs true, false, "true" or "false"', value);
}

function round(value: number): number {
  return Math.sign(value) * Math.round(Math.abs(value));
}

function zip(left: readonly Json[], right: readonly Json[], frame: Frame): Json {
  if (left.length !== right.length)
    throw failed(`zip() needs two lists that are as long, not of ${left.length} and ${right.length} items`);
  spend(frame, left.length);

  return left.map((item, index) => [item, right[index] ?? null]);
}

function merge(maps: readonly Json[], frame: Frame): Json {
  const entries = maps.flatMap((map) => {
    if (!isMap(map)) throw unfit('merge() needs maps', map);
    return Object.entries<Json>(map satisfies JsonMap);
  });
  spend(frame, entries.length);

  return Object.fromEntries(entries.map(([key, value]) => [checkedKey(key), value]));
}

function toBase64(value: string, frame: Frame): string {
  const bytes = Buffer.from(value, 'utf8');
  checkTextLength(Math.ceil(bytes.length / 3) * 4);
  spendText(frame, 2 * value.length);

  return bytes.toString('base64');
}

function fromBase64(value: string, frame: Frame): string {
  spendText(frame, 2 * value.length);
  const bytes = Buffer.from(value, 'base64');
  const found = bytes.toString('utf8');
  const isWhole = bytes.toString('base64').replace(/=+$/, '') === value.replace(/=+$/, '');
  if (!isWhole || !Buffer.from(found, 'utf8').equals(bytes))
    throw unfit('from_base64() needs the Base64 of a text in UTF-8', value);

  return found;
}

function hashed(value: string, frame: Frame): string {
  spendText(frame, 8 * value.length);

  return sha256Hex(value);
}

/** Version 8 of RFC 9562, made of a digest. No other kind: expressions have no chance, so that a replay agrees. */
function uuidOf(value: string, frame: Frame): string {
  const hex = hashed(value, frame);
  const variant = '89ab'.charAt(Number.parseInt(hex.charAt(16), 16) % 4);

  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
