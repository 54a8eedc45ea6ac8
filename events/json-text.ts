import type { Json } from './canonical-json.ts';

/** A number of a JSON text that no number of JavaScript is: it would be changed without a word. */
export class InexactNumber extends Error {
  override readonly name = 'InexactNumber';
  readonly code = 'value.inexact';
  /** Where it stands, such as `order.lines[0].id`; empty for the text itself. */
  readonly path: string;

  constructor(path: string, digits: string) {
    const shown = digits.length > shownMax ? `${digits.slice(0, shownMax)}...` : digits;
    super(
      `${path === '' ? 'it' : path} is ${shown}, which a number cannot hold without a change; give it as text, in quotes`,
    );
    this.path = path;
  }
}

const shownMax = 40;

/** Most texts hold no number that long (2^53 has 16 digits). Only where a value begins: a hash is full of `3e123`. */
const suspicious = /(?:^|[[:,\s])-?(?:\d{16}|\d[\d.]*[eE]\+?\d{3})/;
const textsAndNumbers = /"(?:[^"\\]|\\.)*"|-?\d+(\.\d+)?([eE][+-]?\d+)?/g;

/**
 * The value of a JSON text. Throws a SyntaxError on what is no JSON, InexactNumber on an integer that would lose digits
 * (12345678901234567891) or a number that would become infinite (1e400). The digits of other numbers are rounded as
 * JavaScript does.
 */
export function parseJsonText(text: string): Json {
  const value = JSON.parse(text) as Json;
  if (!suspicious.test(text)) return value;
  for (const { 0: token, 1: fraction, 2: exponent, index } of text.matchAll(textsAndNumbers))
    if (!token.startsWith('"') && isInexact(token, fraction !== undefined || exponent !== undefined))
      throw new InexactNumber(pathAt(text, index, token.length), token);

  return value;
}

/** The number that a text such as `12`, `+3`, `.5` or `1e3` says. Throws InexactNumber. */
export function exactNumber(text: string): number {
  if (isInexact(text, !/^[-+]?\d+$/.test(text))) throw new InexactNumber('', text);

  return Number(text);
}

/** By the digits that the number is written with again, not by those that it stands for: these are what others read. */
function isInexact(token: string, isDecimal: boolean): boolean {
  const value = Number(token);
  if (!Number.isFinite(value)) return true;
  if (isDecimal) return false;
  // From there on it is written with an exponent.
  const written = Math.abs(value) < 1e21 ? BigInt(String(value)) : BigInt(value);

  return written !== BigInt(token.replace(/^\+/, ''));
}

/** A text that stands in for the number is found in the value, wherever it is. */
function pathAt(text: string, index: number, length: number): string {
  const mark = '\u0000number\u0000';
  const marked = `${text.slice(0, index)}${JSON.stringify(mark)}${text.slice(index + length)}`;

  return pathOf(JSON.parse(marked) as Json, mark) ?? '';
}

function pathOf(value: Json, mark: string): string | undefined {
  if (value === mark) return '';
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, member] of Object.entries(value)) {
    const below = pathOf(member as Json, mark);
    if (below === undefined) continue;
    const own = Array.isArray(value) ? `[${key}]` : key;

    return below === '' || below.startsWith('[') ? `${own}${below}` : `${own}.${below}`;
  }

  return undefined;
}
