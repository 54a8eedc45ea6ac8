import type { Json } from '../../../events/canonical-json.ts';
import { checkTextLength, type Frame, spend, spendText } from '../frame.ts';
import { failed } from '../outcome.ts';
import { type Builtin, isList, needNumber, needText, sizeOf } from './functions.ts';

/**
 * The methods of the language, besides the loops (`all`, `exists`, `exists_one`, `filter`, `map`) and those of
 * optionals (`orValue(x)`, `or(optional)`, `hasValue()`, `value()`). The value before the dot is the first
 * argument.
 * - of a text: `size()`, `contains(t)`, `startsWith(t)`, `endsWith(t)`, `indexOf(t)`, `lastIndexOf(t)`,
 *   `substring(from, to?)`, `replace(old, new)`, `split(t)`, `trim()`, `lowerAscii()`, `upperAscii()`
 * - of a list: `size()`, `join(separator?)`; of a map: `size()`
 */
export const methods: ReadonlyMap<string, Builtin> = new Map([
  ['size', { least: 1, most: 1, apply: ([value = null], frame) => sizeOf(value, frame) }],
  ['startsWith', search('startsWith()', (text, other) => text.startsWith(other))],
  ['endsWith', search('endsWith()', (text, other) => text.endsWith(other))],
  ['contains', search('contains()', (text, other) => text.includes(other))],
  ['indexOf', search('indexOf()', (text, other) => characters(text, text.indexOf(other)))],
  ['lastIndexOf', search('lastIndexOf()', (text, other) => characters(text, text.lastIndexOf(other)))],
  ['split', search('split()', split)],
  ['trim', plain('trim()', (text) => text.trim())],
  ['lowerAscii', plain('lowerAscii()', (text) => text.replace(/[A-Z]+/g, (part) => part.toLowerCase()))],
  ['upperAscii', plain('upperAscii()', (text) => text.replace(/[a-z]+/g, (part) => part.toUpperCase()))],
  ['substring', { least: 2, most: 3, apply: substring }],
  ['replace', { least: 3, most: 3, apply: replace }],
  ['join', { least: 1, most: 2, apply: join }],
]);

type Search = (text: string, other: string, frame: Frame) => Json;

function search(name: string, apply: Search): Builtin {
  return {
    least: 2,
    most: 2,
    apply: ([on, other], frame) => {
      const [text, sought] = [needText(on, name), needText(other, name)];
      spendSearch(frame, text, sought);
      return apply(text, sought, frame);
    },
  };
}

function plain(name: string, apply: (text: string) => string): Builtin {
  return {
    least: 1,
    most: 1,
    apply: ([on], frame) => {
      const text = needText(on, name);
      spendText(frame, 8 * text.length);
      return apply(text);
    },
  };
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
