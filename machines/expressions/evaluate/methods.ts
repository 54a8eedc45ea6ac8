import type { Json } from '../../../events/canonical-json.ts';
import { checkTextLength, type Frame, spend, spendText } from '../frame.ts';
import { failed, unfit } from '../outcome.ts';
import { sizeOf } from './functions.ts';
import { timeMethods } from './times.ts';
import {
  type Builtin,
  builtin,
  byName,
  calledAs,
  equal,
  isList,
  needList,
  needNumber,
  needText,
  orderOf,
} from './values.ts';

const text = [['text']] as const;
const list = [['list']] as const;

/**
 * What is called on a value, which is the first argument; besides the loops (`all`, `map` and so on) and what is asked
 * of optionals (`orValue(x)`, `or(optional)`, `hasValue()`, `value()`).
 */
export const methods: ReadonlyMap<string, Builtin> = byName(
  builtin('size()', 'Characters of a text, items of a list, members of a map.', '"abc".size()', {
    takes: [['text', 'list', 'map']],
    gives: 'number',
    apply: ([value = null], frame) => sizeOf(value, frame),
  }),
  search('startsWith(text)', 'Whether it begins with the text.', '"abc".startsWith("a")', {
    gives: 'boolean',
    find: (on, other) => on.startsWith(other),
  }),
  search('endsWith(text)', 'Whether it ends with the text.', '"abc".endsWith("c")', {
    gives: 'boolean',
    find: (on, other) => on.endsWith(other),
  }),
  search('contains(text)', 'Whether the text is in it.', '"abc".contains("b")', {
    gives: 'boolean',
    find: (on, other) => on.includes(other),
  }),
  search('indexOf(text)', 'Where the text begins in it, from 0; -1: nowhere.', '"abc".indexOf("b")', {
    gives: 'number',
    find: (on, other) => characters(on, on.indexOf(other)),
  }),
  search('lastIndexOf(text)', 'Where the text begins in it last.', '"aba".lastIndexOf("a")', {
    gives: 'number',
    find: (on, other) => characters(on, on.lastIndexOf(other)),
  }),
  search('split(text)', 'Its parts between the text, as a list.', '"a,b".split(",")', {
    gives: 'list',
    find: split,
  }),
  plain('trim()', 'Without white space at its ends.', '" a ".trim()', (on) => on.trim()),
  plain('lowerAscii()', 'With a to z in place of A to Z.', '"A".lowerAscii()', (on) =>
    on.replace(/[A-Z]+/g, (part) => part.toLowerCase()),
  ),
  plain('upperAscii()', 'With A to Z in place of a to z.', '"a".upperAscii()', (on) =>
    on.replace(/[a-z]+/g, (part) => part.toUpperCase()),
  ),
  builtin('substring(from, to?)', 'The part from one place to another, from 0.', '"abc".substring(1)', {
    least: 2,
    most: 3,
    takes: [['text'], ['number']],
    gives: 'text',
    apply: substring,
  }),
  builtin('replace(old, new)', 'With each old text replaced.', '"abc".replace("b", "d")', {
    least: 3,
    takes: text,
    gives: 'text',
    apply: replace,
  }),
  builtin('join(separator?)', 'Its texts as one text.', '["a", "b"].join(", ")', {
    most: 2,
    takes: [['list'], ['text']],
    gives: 'text',
    apply: join,
  }),
  builtin('slice(from, to?)', 'The items from one place to another, from 0.', '[1, 2, 3].slice(1)', {
    least: 2,
    most: 3,
    takes: [['list'], ['number']],
    gives: 'list',
    apply: slice,
  }),
  builtin('sort()', 'The items in order: numbers, texts, or times.', '[2, 1].sort()', {
    takes: list,
    gives: 'list',
    apply: ([on], frame) => {
      const items = needList(on, 'sort()');
      return sortedBy(items, items, { what: 'sort()', frame });
    },
  }),
  builtin('distinct()', 'The items without those that were there before.', '[1, 2, 1].distinct()', {
    takes: list,
    gives: 'list',
    apply: ([on], frame) => distinct(needList(on, 'distinct()'), frame),
  }),
  builtin('reverse()', 'The items from the last to the first.', '[1, 2].reverse()', {
    takes: list,
    gives: 'list',
    apply: ([on], frame) => {
      const items = needList(on, 'reverse()');
      spend(frame, items.length);
      return [...items].reverse();
    },
  }),
  builtin('flatten()', 'The items of its lists in place of the lists.', '[[1], [2, 3]].flatten()', {
    takes: list,
    gives: 'list',
    apply: ([on], frame) => {
      const items = needList(on, 'flatten()').flatMap((item) => (isList(item) ? item : [item]));
      spend(frame, items.length);
      return items;
    },
  }),
  ...timeMethods,
);

type Search = (text: string, other: string, frame: Frame) => Json;

function search(
  signature: string,
  doc: string,
  example: string,
  { gives, find }: Pick<Builtin, 'gives'> & { readonly find: Search },
): Builtin {
  const name = calledAs(signature);

  return builtin(signature, doc, example, {
    least: 2,
    takes: text,
    gives,
    apply: ([on, other], frame) => {
      const [searched, sought] = [needText(on, name), needText(other, name)];
      spendSearch(frame, searched, sought);
      return find(searched, sought, frame);
    },
  });
}

function plain(signature: string, doc: string, example: string, apply: (on: string) => string): Builtin {
  return builtin(signature, doc, example, {
    takes: text,
    gives: 'text',
    apply: ([value], frame) => {
      const on = needText(value, signature);
      spendText(frame, 8 * on.length);
      return apply(on);
    },
  });
}

/** The items in the order of their keys; those of equal keys stay as they stood. */
export function sortedBy(
  items: readonly Json[],
  keys: readonly Json[],
  { what, frame }: { readonly what: string; readonly frame: Frame },
): readonly Json[] {
  spend(frame, items.length * Math.ceil(Math.log2(items.length + 1)));
  const places = items.map((_, index) => index);
  const order = (one: number, other: number): number => {
    const [left = null, right = null] = [keys[one], keys[other]];
    const found = orderOf(left, right);
    if (found === undefined)
      throw unfit(`${what} needs numbers, texts or times, all of one kind`, left, right);
    return found;
  };
  // One alone has to be of a kind that has an order as well.
  if (items.length === 1) order(0, 0);

  return places.sort(order).map((place) => items[place] ?? null);
}

function distinct(items: readonly Json[], frame: Frame): Json {
  const kept: Json[] = [];
  const scalars = new Set<Json>();
  for (const item of items) {
    const isScalar = typeof item !== 'object' || item === null;
    if (!isScalar) spend(frame, kept.length);
    if (isScalar ? scalars.has(item) : kept.some((each) => equal(each, item, frame))) continue;
    if (isScalar) scalars.add(item);
    kept.push(item);
  }
  spend(frame, items.length);

  return kept;
}

function slice([on, from, to]: readonly Json[], frame: Frame): Json {
  const items = needList(on, 'slice()');
  const start = needNumber(from, 'slice()');
  const end = to === undefined ? items.length : needNumber(to, 'slice()');
  const inside = Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start <= end;
  if (!inside || end > items.length) {
    throw failed(
      'slice() reaches outside of its list',
      () => `slice(${start}, ${end}) is not inside a list of ${items.length} items`,
    );
  }
  spend(frame, end - start);

  return items.slice(start, end);
}

/** V8 compares text and pattern in their product at worst: two seconds for texts of 200 kB were measured. */
function spendSearch(frame: Frame, text: string, sought: string): void {
  spendText(frame, text.length);
  spend(frame, Math.ceil((text.length * sought.length) / 4096));
}

/** A position counted in characters, as `size()` and `substring()` count, from one in UTF-16 units. */
function characters(text: string, units: number): number {
  return units <= 0 ? units : Array.from(text.slice(0, units)).length;
}

function split(text: string, separator: string, frame: Frame): Json {
  const parts = separator === '' ? Array.from(text) : text.split(separator);
  spend(frame, parts.length);

  return parts;
}

function substring([on, from, to]: readonly Json[], frame: Frame): string {
  const text = Array.from(needText(on, 'substring()'));
  spend(frame, Math.ceil(text.length / 4));
  const start = needNumber(from, 'substring()');
  const end = to === undefined ? text.length : needNumber(to, 'substring()');
  const inside = Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start <= end;
  if (!inside || end > text.length) {
    throw failed(
      'substring() reaches outside of its text',
      () => `substring(${start}, ${end}) is not inside a text of ${text.length} characters`,
    );
  }

  return text.slice(start, end).join('');
}

function replace([on, old, by]: readonly Json[], frame: Frame): string {
  const [text, sought] = [needText(on, 'replace()'), needText(old, 'replace()')];
  if (sought === '') throw failed('replace() needs a text to look for');
  spendSearch(frame, text, sought);

  return joined(text.split(sought), needText(by, 'replace()'), frame);
}

function join([on = null, separator = '']: readonly Json[], frame: Frame): string {
  if (!isList(on)) throw failed('join() needs a list of texts');

  return joined(
    on.map((item) => needText(item, 'join()')),
    needText(separator, 'join()'),
    frame,
  );
}

function joined(parts: readonly string[], separator: string, frame: Frame): string {
  spend(frame, parts.length);
  const length = parts.reduce(
    (sum, part) => sum + part.length,
    separator.length * Math.max(0, parts.length - 1),
  );
  checkTextLength(length);
  spendText(frame, length);

  return parts.join(separator);
}
