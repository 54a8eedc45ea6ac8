import type { Json } from '../../../events/canonical-json.ts';
import type { Fact } from '../../../events/catalogue.ts';
import { freeMembers, withMember } from './claim-check.ts';
import {
  agreeing,
  beginningAtEnd,
  fallbackOf,
  type SecretForm,
  searchedCharactersMin,
  secretForms,
} from './secret-forms.ts';
import { readings, type TextReading, type TextSpan } from './text-readings.ts';

/** What stands where a secret stood. */
export const hidden = '***';

/** Of a secret that was cut off, a piece is hidden when it has this many letters and this part of them all. */
const pieceCharactersMin = 6;
const piecePartMin = 1 / 4;

/** What base64 is filled up with. */
const equalsCode = 0x3d;

const lineBreakCode = 0x0a;

/** Two letters of the hash of four letters: of what comes before, no bit is left. */
const hashBits = 16;

/**
 * What is looked for: `whole` texts, and forms to find within texts, by the hash of their first four letters and the
 * longest first. Finding them takes one pass over a text, however many there are.
 */
type Search = {
  readonly whole: ReadonlySet<string>;
  readonly forms: readonly SecretForm[];
  /** The same forms, each from its end to its beginning. */
  readonly reversed: readonly SecretForm[];
  readonly byStart: ReadonlyMap<number, readonly SecretForm[]>;
  readonly starts: Uint8Array;
};

/**
 * The value with `***` in place of every secret: in texts and keys, as it is or in a form in which programs write it,
 * and for numbers whose text is one. Comes back as the same object when there was nothing to hide.
 */
export function redact(value: Json, secrets: readonly string[]): Json {
  return secrets.length === 0 ? value : redactValue(value, searchFor(secrets));
}

/**
 * The fact without secrets in what people, workers and expressions gave. What the fold goes by (tasks, attempts, names
 * of inputs and variables, times) is never changed, even if it reads like a secret. Errors, progress and logs are what
 * we ourselves cut to a length, perhaps in the middle of a secret: there, a piece of one at either end is hidden too.
 */
export function redactFact(fact: Fact, secrets: readonly string[]): Fact {
  let redacted = fact;
  if (secrets.length === 0) return redacted;
  const search = searchFor(secrets);
  for (const { path, value } of freeMembers(fact)) {
    const isCut = path[0] === 'error' || path[0] === 'progress' || path[0] === 'log';
    const clean = redactValue(value, search, isCut);
    if (clean !== value) redacted = withMember(redacted, path, clean);
  }

  return redacted;
}

/** The texts to hide for secret values: those that are text, and the texts and numbers inside of all others. */
export function secretTexts(values: Readonly<Record<string, Json>>): readonly string[] {
  return [...new Set(Object.values(values).flatMap(textsIn))];
}

function textsIn(value: Json): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (typeof value === 'number') return [String(value)];
  if (typeof value !== 'object' || value === null) return [];

  return Object.values(value).flatMap(textsIn);
}

const searches = new WeakMap<readonly string[], Search>();

/** The secrets of a run are the same list at each of its events. */
function searchFor(secrets: readonly string[]): Search {
  const known = searches.get(secrets);
  if (known !== undefined) return known;
  const given = [...new Set(secrets)].filter((secret) => secret !== '');
  const long = given.filter((secret) => [...secret].length >= searchedCharactersMin);
  const search = { whole: new Set(given), ...indexed(long.flatMap(secretForms)) };
  searches.set(secrets, search);

  return search;
}

function indexed(all: readonly SecretForm[]): Omit<Search, 'whole'> {
  const forms = [...all].sort((a, b) => b.text.length - a.text.length);
  const byStart = new Map<number, SecretForm[]>();
  const starts = new Uint8Array(1 << hashBits);
  for (const form of forms) {
    let hash = 0;
    for (let at = 0; at < searchedCharactersMin; at += 1) hash = hashed(hash, form.text.charCodeAt(at));
    const others = byStart.get(hash);
    if (others === undefined) byStart.set(hash, [form]);
    else others.push(form);
    starts[hash] = 1;
  }

  const reversed = forms.map((form) => ({ ...form, letters: form.letters.slice().reverse() }));

  return { forms, reversed, byStart, starts };
}

/** The hash of the last four letters: each letter shifts those before by 4 of 16 bits. */
function hashed(hash: number, letter: number): number {
  return ((hash << 4) ^ letter) & 0xffff;
}

function redactValue(value: Json, search: Search, isCut = false): Json {
  if (typeof value === 'string') return redactText(value, search, isCut);
  if (typeof value === 'number') return search.whole.has(String(value)) ? hidden : value;
  if (typeof value !== 'object' || value === null) return value;

  return Array.isArray(value)
    ? redactList(value, search, isCut)
    : redactMap(value as Readonly<Record<string, Json>>, search, isCut);
}

function redactList(list: readonly Json[], search: Search, isCut: boolean): Json {
  const clean = list.map((item) => redactValue(item, search, isCut));

  return clean.some((item, index) => item !== list[index]) ? clean : list;
}

function redactMap(map: Readonly<Record<string, Json>>, search: Search, isCut: boolean): Json {
  const entries = new Map<string, Json>();
  let changed = false;
  for (const [key, member] of Object.entries(map)) {
    const name = redactText(key, search, false);
    const value = redactValue(member, search, isCut);
    changed ||= name !== key || value !== member;
    entries.set(name === key ? key : freeName(name, map, entries), value);
  }

  return changed ? Object.fromEntries(entries) : map;
}

/** Two keys that become one must not swallow each other. */
function freeName(
  name: string,
  map: Readonly<Record<string, Json>>,
  taken: ReadonlyMap<string, Json>,
): string {
  let free = name;
  for (let count = 2; Object.hasOwn(map, free) || taken.has(free); count += 1) free = `${name} (${count})`;

  return free;
}

function redactText(text: string, search: Search, isCut: boolean): string {
  if (search.whole.has(text)) return hidden;
  if (text.length < searchedCharactersMin) return text;
  const found = readings(text).flatMap((reading) => [
    ...spansIn(reading, search),
    ...(isCut ? piecesAtEnds(reading, search) : []),
  ]);

  return found.length === 0 ? text : withoutSpans(text, merged(found));
}

function withoutSpans(text: string, spans: readonly TextSpan[], part = { from: 0, to: text.length }): string {
  let clean = '';
  let end = part.from;
  for (const { from, to } of spans) {
    if (to <= end || from >= part.to) continue;
    clean += text.slice(end, from) + hidden;
    end = Math.min(to, part.to);
  }

  return clean + text.slice(end, part.to);
}

/**
 * What of a text may be told from `from` on while more of it comes: `clean` stands for it, and it ends at `to`, with a
 * line. A line stays back as long as a secret may begin in it and go on in the next.
 */
export function redactSoFar(
  text: string,
  from: number,
  secrets: readonly string[],
): { readonly clean: string; readonly to: number } {
  const search = searchFor(secrets);
  const spans = spansOf(text, search);
  let to = lineStart(text, from, secretMayBeginAt(text, search));
  for (const span of [...spans].reverse())
    if (span.from < to && span.to > to) to = lineStart(text, from, span.from);

  return { clean: withoutSpans(text, spans, { from, to }), to };
}

/** The same where nothing more comes. */
export function redactFrom(text: string, from: number, secrets: readonly string[]): string {
  const search = searchFor(secrets);
  if (from === 0) return redactText(text, search, false);

  return withoutSpans(text, spansOf(text, search), { from, to: text.length });
}

function spansOf(text: string, search: Search): readonly TextSpan[] {
  return merged(readings(text).flatMap((reading) => spansIn(reading, search)));
}

/** Where the line begins that a place is in, but not before `from`. */
function lineStart(text: string, from: number, at: number): number {
  return Math.max(from, text.slice(0, at).lastIndexOf('\n') + 1);
}

/** What a secret in one line shows of itself at the end of it by chance is too short to tell. */
function secretMayBeginAt(text: string, { forms }: Search): number {
  // A letter more, so that what reaches the end reaches over the last line break, too.
  const places = readings(`${text}\u0001`).flatMap(({ codes, origin }) => {
    const length = codes.length - 1;
    const min = codes[length - 1] === lineBreakCode ? 1 : searchedCharactersMin;
    return forms.flatMap((form) => {
      const size = beginningAtEnd(form, codes, length);
      return size < min ? [] : (origin({ from: length - size, to: codes.length })?.from ?? []);
    });
  });

  return Math.min(text.length, ...places);
}

/** Where forms of secrets stand, in the text that the reading is of. */
function spansIn(reading: TextReading, { byStart, starts }: Search): readonly TextSpan[] {
  const { codes, origin } = reading;
  const found = new Map<SecretForm, Found>();
  let hash = 0;
  for (let at = 0; at < codes.length; at += 1) {
    hash = hashed(hash, codes[at] ?? 0);
    if (starts[hash] === 0) continue;
    const from = at + 1 - searchedCharactersMin;
    for (const form of byStart.get(hash) ?? []) {
      const of = found.get(form) ?? { spans: [], searchedTo: 0 };
      if (from < of.searchedTo) continue;
      found.set(form, of);
      searchForm(form, reading, of, from);
    }
  }

  return merged([...found.values()].flatMap(({ spans }) => spans)).flatMap((span) => origin(span) ?? []);
}

/** Where a form stands, as far as the text was searched for it. */
type Found = { readonly spans: TextSpan[]; searchedTo: number };

/**
 * Searches from a place on where a form may begin (Knuth, Morris, Pratt), until so few letters agree that the hash
 * finds the next place sooner. No letter is looked at more than a few times, however the form repeats itself.
 */
function searchForm(form: SecretForm, reading: TextReading, found: Found, from: number): void {
  const { codes } = reading;
  const { letters } = form;
  let size = 0;
  for (let end = from + 1; end <= codes.length; end += 1) {
    const before = size;
    size = agreeing(form, size, codes[end - 1] ?? 0);
    if (size === letters.length) {
      addSpan(found.spans, spanOf(form, reading, end - size));
      size = fallbackOf(form)[size - 1] ?? 0;
    } else if (size <= before && size < searchedCharactersMin) {
      found.searchedTo = end - size;
      return;
    }
  }
  found.searchedTo = codes.length;
}

function spanOf(form: SecretForm, reading: TextReading, from: number): TextSpan {
  const span = { from, to: from + form.text.length };

  return form.inside ? widened(reading, span) : span;
}

/** A text of one letter repeats its secret at every place: spans that overlap are kept as one. */
function addSpan(spans: TextSpan[], span: TextSpan): void {
  const last = spans.at(-1);
  if (last === undefined || span.from >= last.to) spans.push(span);
  else spans[spans.length - 1] = { from: Math.min(last.from, span.from), to: Math.max(last.to, span.to) };
}

/** What is left of a secret where a text was cut: its end at the start of the text, or its start at the end. */
function piecesAtEnds({ codes, origin }: TextReading, { forms, reversed }: Search): readonly TextSpan[] {
  const { length } = codes;
  const backwards = codes.slice(0, longestOf(forms)).reverse();

  return forms.flatMap((form, index) => {
    const min = Math.max(pieceCharactersMin, Math.ceil(form.text.length * piecePartMin));
    const atEnd = beginningAtEnd(form, codes, length);
    const end = reversed[index];
    const atStart = end === undefined ? 0 : beginningAtEnd(end, backwards, backwards.length);

    return [
      { from: 0, to: atStart },
      { from: length - atEnd, to: length },
    ].flatMap((span) => (span.to - span.from < min ? [] : (origin(span) ?? [])));
  });
}

/** They come longest first. */
function longestOf(forms: readonly SecretForm[]): number {
  return forms[0]?.text.length ?? 0;
}

/** The letters on both sides hold some bits of the secret too. */
function widened({ codes, touches }: TextReading, { from, to }: TextSpan): TextSpan {
  const isDigit = (at: number): boolean => /[a-z0-9+/_-]/.test(String.fromCharCode(codes[at] ?? 0));
  let end = isDigit(to) && touches(to) ? to + 1 : to;
  while (codes[end] === equalsCode && touches(end)) end += 1;

  return { from: isDigit(from - 1) && touches(from) ? from - 1 : from, to: end };
}

/** Secrets may overlap: what is hidden is all that any of them covers. */
function merged(spans: readonly TextSpan[]): readonly TextSpan[] {
  const joined: TextSpan[] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) addSpan(joined, span);

  return joined;
}
