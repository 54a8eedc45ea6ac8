import type { Json } from '../../../events/canonical-json.ts';
import type { Fact } from '../../../events/catalogue.ts';
import { freeMembers, withMember } from './claim-check.ts';

/** Fewer bytes than this leave too little of themselves in the base64 of a longer text to tell them from chance. */
const insideBytesMin = 6;

/** What stands where a secret stood. */
const hidden = '***';
/** A shorter secret is found in half of all texts: it is hidden only where it is the whole text. */
const searchedCharactersMin = 4;

/** What is looked for: `whole` texts, and forms to find within texts. */
type Search = { readonly whole: ReadonlySet<string>; readonly forms: readonly SecretForm[] };
type Span = { readonly from: number; readonly to: number };

/**
 * The value with `***` in place of every secret: in texts and keys, as it is or as JSON, URLs and base64 write it, and
 * for numbers whose text is one. Comes back as the same object when there was nothing to hide.
 */
export function redact(value: Json, secrets: readonly string[]): Json {
  return secrets.length === 0 ? value : redactValue(value, searchFor(secrets));
}

/**
 * The fact without secrets in what people, workers and expressions gave. What the fold goes by (tasks, attempts, names
 * of inputs and variables, times) is never changed, even if it reads like a secret.
 */
export function redactFact(fact: Fact, secrets: readonly string[]): Fact {
  let redacted = fact;
  if (secrets.length === 0) return redacted;
  const search = searchFor(secrets);
  for (const { path, value } of freeMembers(fact)) {
    const clean = redactValue(value, search);
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
  const search = { whole: new Set(given), forms: long.flatMap(secretForms) };
  searches.set(secrets, search);

  return search;
}

function redactValue(value: Json, search: Search): Json {
  if (typeof value === 'string') return redactText(value, search);
  if (typeof value === 'number') return search.whole.has(String(value)) ? hidden : value;
  if (typeof value !== 'object' || value === null) return value;

  return Array.isArray(value)
    ? redactList(value, search)
    : redactMap(value as Readonly<Record<string, Json>>, search);
}

function redactList(list: readonly Json[], search: Search): Json {
  const clean = list.map((item) => redactValue(item, search));

  return clean.some((item, index) => item !== list[index]) ? clean : list;
}

function redactMap(map: Readonly<Record<string, Json>>, search: Search): Json {
  const entries = new Map<string, Json>();
  let changed = false;
  for (const [key, member] of Object.entries(map)) {
    const name = redactText(key, search);
    const value = redactValue(member, search);
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

function redactText(text: string, { whole, forms }: Search): string {
  if (whole.has(text)) return hidden;
  const found = forms.filter((form) => form.text.length <= text.length && text.includes(form.text));
  if (found.length === 0) return text;

  let clean = '';
  let end = 0;
  for (const { from, to } of merged(found.flatMap((form) => spansOf(text, form)))) {
    clean += text.slice(end, from) + hidden;
    end = to;
  }

  return clean + text.slice(end);
}

function spansOf(text: string, { text: needle, inside }: SecretForm): readonly Span[] {
  const spans: Span[] = [];
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1)) {
    const span = { from: at, to: at + needle.length };
    spans.push(inside ? widened(text, span) : span);
  }

  return spans;
}

/** The letters on both sides hold some bits of the secret too. */
function widened(text: string, { from, to }: Span): Span {
  const isDigit = (at: number): boolean => /[A-Za-z0-9+/_-]/.test(text.charAt(at));
  let end = isDigit(to) ? to + 1 : to;
  while (text.charAt(end) === '=') end += 1;

  return { from: isDigit(from - 1) ? from - 1 : from, to: end };
}

/** Secrets may overlap: what is hidden is all that any of them covers. */
function merged(spans: readonly Span[]): readonly Span[] {
  const joined: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last === undefined || span.from >= last.to) joined.push(span);
    else joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
  }

  return joined;
}

/** A way to write a secret. `inside`: the part of it that is the same within the base64 of a longer text. */
type SecretForm = { readonly text: string; readonly inside: boolean };

/** The ways in which a secret is commonly written: as it is, in JSON, in a URL, in base64. Longest first. */
function secretForms(secret: string): readonly SecretForm[] {
  const plain = [secret, ...jsonForms(secret), ...urlForms(secret), ...base64Forms(secret)];
  const forms = [...new Set(plain)].map((text) => ({ text, inside: false }));
  const insides = [...new Set(insideForms(secret))].map((text) => ({ text, inside: true }));

  return [...forms, ...insides].sort((a, b) => b.text.length - a.text.length);
}

/** Escaped as JSON does, with letters beyond ASCII and slashes as other writers escape them, and JSON within JSON. */
function jsonForms(secret: string): readonly string[] {
  const once = escaped(secret);
  const ascii = once.replace(/[\u007f-\uffff]/g, unicodeEscape);

  return [once, ascii].flatMap((text) => [text, escaped(text), text.replaceAll('/', '\\/')]);
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function urlForms(secret: string): readonly string[] {
  // Half of a surrogate pair has no UTF-8, and so no place in a URL.
  if (/\p{Cs}/u.test(secret)) return [];
  const component = encodeURIComponent(secret);
  const strict = component.replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);

  return [component, strict, encodeURI(secret)]
    .flatMap((text) => [text, text.replaceAll('%20', '+')])
    .flatMap((text) => [text, text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())]);
}

function base64Forms(secret: string): readonly string[] {
  const padded = base64(new TextEncoder().encode(secret));

  return [padded, padded.replace(/=+$/, '')].flatMap((text) => [text, urlSafe(text)]);
}

/** Within a longer text a secret begins at any of the three places of a group: `user:secret` in a header. */
function insideForms(secret: string): readonly string[] {
  const bytes = new TextEncoder().encode(secret);
  if (bytes.length < insideBytesMin) return [];

  return [0, 1, 2].flatMap((offset) => {
    const text = base64(new Uint8Array([...new Uint8Array(offset), ...bytes]));
    const core = text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));

    return [core, urlSafe(core)];
  });
}

function base64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);

  return btoa(binary);
}

function urlSafe(text: string): string {
  return text.replaceAll('+', '-').replaceAll('/', '_');
}
