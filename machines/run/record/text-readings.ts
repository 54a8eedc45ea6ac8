/** From one place in a text to another, which is not part of it. */
export type TextSpan = { readonly from: number; readonly to: number };

/**
 * The letters of a text, in lower case, as somebody reads them who undoes escapes or the wrapping of lines. Kept as
 * codes: building and searching text of 1 MB letter by letter takes ten times as long.
 */
export type TextReading = {
  readonly codes: Uint16Array;
  /**
   * Where a part of this reading stands in the text that was given, with all that its escapes take; undefined for a
   * part that only this reading may not claim.
   */
  readonly origin: (span: TextSpan) => TextSpan | undefined;
  /** Whether the letter at a place followed the one before it directly. */
  readonly touches: (at: number) => boolean;
};

/** What an escape stands for, and how many letters it takes. */
type Escape = { readonly code: number; readonly width: number };

/** JSON text in a JSON text in a JSON text: whoever writes more levels than that means to hide something. */
const levelsMax = 3;

/** Longer names, such as `&CounterClockwiseContourIntegral;`, stand for nothing that is typed. */
const escapeLettersMax = 12;

const lineBreak = codeOf('\n');
const carriageReturn = codeOf('\r');
const backslash = codeOf('\\');
const ampersand = codeOf('&');
const percent = codeOf('%');
const letterX = codeOf('x');

const escapeStarts = [backslash, percent, ampersand];

const controls: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** What a backslash takes its meaning from, or stands before as it is. */
const escapable = 'bfnrt"\'\\/';

/** The letters U+00A0 to U+00FF, in their order, as HTML names them. Upper and lower case are one here. */
const latinNames =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro ' +
  'para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest agrave aacute acirc atilde auml aring aelig ccedil ' +
  'egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml times oslash ugrave ' +
  'uacute ucirc uuml yacute thorn szlig';

/** The marks of ASCII by their names in HTML. */
const markNames =
  'quot " amp & apos \' lt < gt > excl ! num # dollar $ percnt % lpar ( rpar ) ast * plus + comma , period . sol / ' +
  'colon : semi ; equals = quest ? commat @ lsqb [ lbrack [ bsol \\ rsqb ] rbrack ] hat ^ lowbar _ grave ` lcub { ' +
  'lbrace { vert | verbar | rcub } rbrace } tab \t newline \n';

const entities: ReadonlyMap<string, number> = new Map([
  ...latinNames.split(' ').map((name, index) => [name, foldedCode(0xa0 + index)] as const),
  ...Array.from(markNames.matchAll(/(\S+) (\S|\t|\n)/g), ([, name = '', mark = '']) => {
    return [name, codeOf(mark)] as const;
  }),
]);

/**
 * The readings of a text: as it is, and with its escapes undone (those of JSON, of programming languages, of URLs and
 * of HTML, and escapes of escapes). Each of these also without blanks and line breaks, for what is wrapped over lines.
 */
export function readings(text: string): readonly TextReading[] {
  const all: TextReading[] = [];
  let reading: TextReading | undefined = {
    codes: codesOf(foldCase(text)),
    origin: (span) => span,
    touches: () => true,
  };
  for (let level = 0; reading !== undefined && level <= levelsMax; level += 1) {
    all.push(reading);
    if (reading.codes.includes(lineBreak)) all.push(joined(reading));
    reading = level < levelsMax ? unescaped(reading) : undefined;
  }

  return all;
}

/**
 * In lower case, with as many letters as before, so that a place in one is that place in the other. Halves of letters
 * beyond U+FFFF stay: escaped, they come one by one.
 */
export function foldCase(text: string): string {
  return text.replace(/[^\ud800-\udfff]+/g, (part) => {
    return part.replaceAll('\u0130', 'i').toLowerCase().replaceAll('\u03c2', '\u03c3');
  });
}

/** As a text reads in one line: without any blanks, as some may have given way to line breaks. */
export function joinedText(text: string): string {
  return text.replace(/\s+/g, '');
}

/** Claims only what is broken over lines: `the man` is not `theman`. */
function joined({ codes, origin }: TextReading): TextReading {
  const kept = new Uint16Array(codes.length);
  const froms = new Int32Array(codes.length);
  let length = 0;
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    if (isBlank(code) || (code === backslash && isBreak(codes, at + 1))) continue;
    kept[length] = code;
    froms[length] = at;
    length += 1;
  }
  const before = ({ from, to }: TextSpan): TextSpan | undefined => {
    const span = { from: froms[from] ?? 0, to: (froms[to - 1] ?? 0) + 1 };
    return codes.subarray(span.from, span.to).includes(lineBreak) ? origin(span) : undefined;
  };

  return {
    codes: kept.subarray(0, length),
    origin: before,
    touches: (at) => froms[at] === (froms[at - 1] ?? 0) + 1,
  };
}

/** Undefined for a text without escapes. */
function unescaped({ codes, origin }: TextReading): TextReading | undefined {
  if (!escapeStarts.some((start) => codes.includes(start))) return undefined;
  const read = new Uint16Array(codes.length);
  const froms = new Int32Array(codes.length + 1);
  let length = 0;
  const add = (code: number, at: number) => {
    read[length] = code;
    froms[length] = at;
    length += 1;
  };
  for (let at = 0; at < codes.length; ) {
    const code = codes[at] ?? 0;
    const found = escapeAt(codes, at);
    if (found === undefined || found.code <= 0xffff) add(found?.code ?? code, at);
    else for (const unit of codesOf(String.fromCodePoint(found.code))) add(unit, at);
    at += found?.width ?? 1;
  }
  if (length === codes.length) return undefined;
  froms[length] = codes.length;
  const before = ({ from, to }: TextSpan) => origin({ from: froms[from] ?? 0, to: froms[to] ?? 0 });

  return { codes: read.subarray(0, length), origin: before, touches: () => true };
}

function escapeAt(codes: Uint16Array, at: number): Escape | undefined {
  const start = codes[at];
  if (start !== backslash && start !== percent && start !== ampersand) return undefined;
  if (start === ampersand) return entityAt(codes, at);
  const byte = byteAt(codes, at);
  if (byte !== undefined) return utf8At(codes, at, byte);
  if (start !== backslash) return undefined;

  const letter = String.fromCharCode(codes[at + 1] ?? 0);
  if (letter === 'u') return unicodeAt(codes, at);

  return escapable.includes(letter) ? { code: codeOf(controls[letter] ?? letter), width: 2 } : undefined;
}

/** `\u00e4` and `\u{e4}`. */
function unicodeAt(codes: Uint16Array, at: number): Escape | undefined {
  const text = textAt(codes, at, at + escapeLettersMax);
  const [whole, braced, plain] = /^\\u(?:\{([0-9a-f]{1,6})\}|([0-9a-f]{4}))/.exec(text) ?? [];

  return whole === undefined
    ? undefined
    : pointEscape(Number.parseInt(braced ?? plain ?? '', 16), whole.length);
}

/** `&amp;`, `&#38;` and `&#x26;`. */
function entityAt(codes: Uint16Array, at: number): Escape | undefined {
  const text = textAt(codes, at, at + escapeLettersMax);
  const [whole, hex, decimal, name] =
    /^&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|([a-z]+[0-9]*));/.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const named = entities.get(name ?? '');
  if (named !== undefined) return { code: named, width: whole.length };
  if (name !== undefined) return undefined;

  return pointEscape(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16), whole.length);
}

function pointEscape(point: number, width: number): Escape | undefined {
  return point <= 0x10ffff ? { code: foldedCode(point), width } : undefined;
}

/** `%c3`, `\xc3` and `\303`: a byte, which may be one of several of a letter in UTF-8. */
function byteAt(codes: Uint16Array, at: number): Escape | undefined {
  const isPercent = codes[at] === percent;
  if (!isPercent && codes[at] !== backslash) return undefined;
  const start = isPercent ? at + 1 : at + 2;
  if (isPercent || codes[at + 1] === letterX) {
    const [high, low] = [digitAt(codes, start), digitAt(codes, start + 1)];
    return high < 16 && low < 16 ? { code: high * 16 + low, width: start + 2 - at } : undefined;
  }
  const [first, second, third] = [digitAt(codes, at + 1), digitAt(codes, at + 2), digitAt(codes, at + 3)];

  return first < 4 && second < 8 && third < 8
    ? { code: first * 64 + second * 8 + third, width: 4 }
    : undefined;
}

/** The letter that begins with a byte; one of Latin-1 where the bytes are no UTF-8. */
function utf8At(codes: Uint16Array, at: number, first: Escape): Escape {
  const more = bytesAfter(first.code);
  const alone = { code: foldedCode(first.code), width: first.width };
  if (more === 0) return alone;
  let point = first.code & (0x3f >> more);
  let { width } = first;
  for (let count = 0; count < more; count += 1) {
    const next = byteAt(codes, at + width);
    if (next === undefined || (next.code & 0xc0) !== 0x80) return alone;
    point = point * 64 + (next.code & 0x3f);
    width += next.width;
  }

  return pointEscape(point, width) ?? alone;
}

/** How many bytes of a letter in UTF-8 follow its first one. */
function bytesAfter(first: number): number {
  if (first < 0xc2 || first > 0xf4) return 0;

  return first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
}

/** The value of a digit, in lower case; 16 for what is none. */
function digitAt(codes: Uint16Array, at: number): number {
  const code = codes[at] ?? 0;
  if (code >= 0x30 && code <= 0x39) return code - 0x30;

  return code >= 0x61 && code <= 0x66 ? code - 0x61 + 10 : 16;
}

function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

function isBreak(codes: Uint16Array, at: number): boolean {
  return codes[at] === lineBreak || (codes[at] === carriageReturn && codes[at + 1] === lineBreak);
}

function foldedCode(point: number): number {
  if (point < 0x80) return point >= 0x41 && point <= 0x5a ? point + 0x20 : point;

  return foldCase(String.fromCodePoint(point)).codePointAt(0) ?? point;
}

function textAt(codes: Uint16Array, from: number, to: number): string {
  return String.fromCharCode(...codes.subarray(from, to));
}

function codeOf(letter: string): number {
  return letter.charCodeAt(0);
}

function codesOf(text: string): Uint16Array {
  const codes = new Uint16Array(text.length);
  for (let at = 0; at < text.length; at += 1) codes[at] = text.charCodeAt(at);

  return codes;
}
