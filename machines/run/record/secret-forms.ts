import { foldCase, joinedText } from './text-readings.ts';

/** A shorter secret is found in half of all texts: it is hidden only where it is the whole text. */
export const searchedCharactersMin = 4;

/** Fewer bytes than this leave too little of themselves in the base64 of a longer text to tell them from chance. */
const insideBytesMin = 6;

/** A line of a secret that has several is looked for by itself from this length on. */
const lineCharactersMin = 8;

/** What is put between the parts of a hexadecimal byte string. */
const hexSeparators = ['', ' ', ':', '-', ',0x', ', 0x'] as const;

/** A way to write a secret. `inside`: the part of it that is the same within the base64 of a longer text. */
export type SecretForm = { readonly text: string; readonly letters: Uint16Array; readonly inside: boolean };

/**
 * The ways in which a secret is commonly written, in lower case: as it is, without its line breaks, in a form of the
 * web, in hex, in base64. Escapes of it are undone by the readings of the text that is searched.
 */
export function secretForms(secret: string): readonly SecretForm[] {
  const inOneLine = ['', ' '].map((joint) => secret.replace(/\r?\n/g, joint));
  const plain = [secret, secret.toUpperCase(), secret.replaceAll(' ', '+'), ...inOneLine, joinedText(secret)];
  const bytes = new TextEncoder().encode(secret);
  const written = [bytes, utf16(secret)];
  const whole = [...plain, ...linesOf(secret), ...hexForms(bytes), ...written.flatMap(base64Forms)];

  return [...formsOf(whole, false), ...formsOf(written.flatMap(insideForms), true)];
}

function formsOf(texts: readonly string[], inside: boolean): readonly SecretForm[] {
  const folded = new Set(texts.map(foldCase).filter((text) => text.length >= searchedCharactersMin));

  return [...folded].map((text) => ({ text, letters: codesOf(text), inside }));
}

function codesOf(text: string): Uint16Array {
  return Uint16Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
}

/** A key is printed line by line. What frames it (`-----BEGIN ...`) is no secret. */
function linesOf(secret: string): readonly string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  if (lines.length === 1) return [];

  return lines.filter((line) => line.length >= lineCharactersMin && !line.startsWith('-----'));
}

function hexForms(bytes: Uint8Array): readonly string[] {
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));

  return hexSeparators.map((separator) => digits.join(separator));
}

/** As PowerShell encodes what it is given in base64. */
function utf16(text: string): Uint8Array {
  return new Uint8Array([...codesOf(text)].flatMap((unit) => [unit & 0xff, unit >> 8]));
}

function base64Forms(bytes: Uint8Array): readonly string[] {
  const padded = base64(bytes);

  return [padded, padded.replace(/=+$/, '')].flatMap((text) => [text, urlSafe(text)]);
}

/** Within a longer text a secret begins at any of the three places of a group: `user:secret` in a header. */
function insideForms(bytes: Uint8Array): readonly string[] {
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

/** How many letters at the beginning of a form agree once a letter comes behind so many of them. */
export function agreeing(form: SecretForm, size: number, letter: number): number {
  const { letters } = form;
  let agreed = size;
  while (agreed > 0 && letters[agreed] !== letter) agreed = fallbackOf(form)[agreed - 1] ?? 0;

  return letters[agreed] === letter ? agreed + 1 : 0;
}

/** How much of a form, but not all of it, a text ends with. */
export function beginningAtEnd(form: SecretForm, codes: Uint16Array, end: number): number {
  let size = 0;
  for (let at = Math.max(0, end - form.letters.length + 1); at < end; at += 1)
    size = agreeing(form, size, codes[at] ?? 0);

  return size;
}

/** For each beginning of a form, how long the longest shorter one is that it ends with. */
export function fallbackOf(form: SecretForm): Uint32Array {
  const known = fallbacks.get(form);
  if (known !== undefined) return known;
  const { letters } = form;
  const fallback = new Uint32Array(letters.length);
  let size = 0;
  for (let at = 1; at < letters.length; at += 1) {
    while (size > 0 && letters[size] !== letters[at]) size = fallback[size - 1] ?? 0;
    if (letters[size] === letters[at]) size += 1;
    fallback[at] = size;
  }
  fallbacks.set(form, fallback);

  return fallback;
}

const fallbacks = new WeakMap<SecretForm, Uint32Array>();
