import type { Problem } from '../problem.ts';

/** The text of a file, read and ready to be parsed. Offsets into `yaml` are offsets into `text`. */
export type SourceText = {
  readonly file: string;
  /** As it was written, without a byte order mark. */
  readonly text: string;
  /** The same length, decoration overwritten with spaces. */
  readonly yaml: string;
  readonly banner: string;
  /** The offset of every line's first character. */
  readonly lineStarts: readonly number[];
};

export type Span = { readonly start: number; readonly end: number };

const bytesMax = 1024 * 1024;

/** Decodes a file's content: UTF-8 and nothing else, at most 1 MiB. */
export function readSource(options: {
  readonly file: string;
  readonly content: Uint8Array | string;
}): { readonly ok: true; readonly source: SourceText } | { readonly ok: false; readonly problem: Problem } {
  const { file, content } = options;
  const size =
    typeof content === 'string' ? new TextEncoder().encode(content).byteLength : content.byteLength;
  if (size > bytesMax) {
    return refuse(file, 'yaml.too-large', `the file has ${size} bytes; a definition has at most 1 MiB`);
  }
  const text = typeof content === 'string' ? content.replace(/^\ufeff/, '') : decode(content);
  if (text === undefined) return refuse(file, 'yaml.encoding', encodingMessage(content));

  const source = sourceOf(file, text);
  const stray = /\0|\r(?!\n)/.exec(text);
  if (stray !== null) return { ok: false, problem: strayCharacter(source, stray) };

  return { ok: true, source };
}

/** The line and column, from 1, of an offset, and the line's text. */
export function placeAt(
  source: SourceText,
  offset: number,
): Pick<Problem, 'line' | 'column'> & { sourceLine: string } {
  const { lineStarts, text } = source;
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  const start = lineStarts[low] ?? 0;
  const end = lineStarts[low + 1] ?? text.length + 1;

  return {
    line: low + 1,
    column: offset - start + 1,
    sourceLine: text.slice(start, end - 1).replace(/\r$/, ''),
  };
}

function sourceOf(file: string, text: string): SourceText {
  const lineStarts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1);

  return { file, text, ...splitBanner(text), lineStarts };
}

function decode(content: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return undefined;
  }
}

function encodingMessage(content: Uint8Array | string): string {
  const [first, second] = typeof content === 'string' ? [] : content;
  const utf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);

  return `the file is ${utf16 ? 'UTF-16' : 'not valid UTF-8'}; save it as UTF-8`;
}

function strayCharacter(source: SourceText, match: RegExpExecArray): Problem {
  const nul = match[0] === '\0';

  return {
    code: nul ? 'yaml.nul' : 'yaml.line-ending',
    severity: 'error',
    message: nul
      ? 'the file holds a NUL character; is it a text file?'
      : 'a carriage return without a line feed; save the file with LF or CRLF line endings',
    file: source.file,
    ...placeAt(source, match.index),
    length: 1,
    path: '',
  };
}

function refuse(file: string, code: string, message: string): { ok: false; problem: Problem } {
  return {
    ok: false,
    problem: { code, severity: 'error', message, file, line: 1, column: 1, length: 1, path: '' },
  };
}

/**
 * Definitions of the v8sl style are decorated: lines such as `///▙▖▙▖` or `〔...〕 :: ∎` before the `workflow:` line
 * and a closing `//...` line. They are no YAML. They are taken out by overwriting them with spaces, so that every
 * offset, line and column of the rest stays that of the file.
 */
function splitBanner(text: string): { readonly yaml: string; readonly banner: string } {
  const lines = text.split('\n');
  const workflow = lines.findIndex((line) => /^(workflow|workset)\s*:/.test(line));
  if (workflow === -1) return { yaml: text, banner: '' };

  const banner: string[] = [];
  const plain = lines.map((line, index) => {
    if (index < workflow ? isYaml(line, lines[index - 1]) : !isClosing(lines, index)) return line;
    if (line.trim() !== '') banner.push(line.trimEnd());

    return blank(line);
  });

  return banner.length === 0
    ? { yaml: text, banner: '' }
    : { yaml: plain.join('\n'), banner: banner.join('\n') };
}

/** A line before `workflow:` that YAML may have there: a comment, a marker, an ordinary key or what belongs to it. */
function isYaml(line: string, before: string | undefined): boolean {
  if (line.trim() === '' || /^\s*#/.test(line) || /^(---|\.\.\.|%)/.test(line)) return true;
  if (/^["']?[A-Za-z_][\w.-]*["']?\s*:(\s|$)/.test(line)) return true;

  return /^(\s+|- )/.test(line) && before !== undefined && /^([A-Za-z_"'-]|\s+\S)/.test(before);
}

/** The decoration at the end: nothing but decoration and blank lines follows it. */
function isClosing(lines: readonly string[], index: number): boolean {
  if (!isDecoration(lines[index] ?? '')) return false;

  return lines.slice(index + 1).every((line) => line.trim() === '' || isDecoration(line));
}

function isDecoration(line: string): boolean {
  return /^(\/\/|[\u2580-\u259f\u3014\u27e6])/.test(line);
}

function blank(line: string): string {
  return line.replace(/[^\r]/g, ' ');
}
