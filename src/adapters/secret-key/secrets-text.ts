import { SecretFileRefused } from '../../ports/secret-errors.ts';

const LINE = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/;
const SINGLE = /^'([^']*)'\s*(?:#.*)?$/;
const DOUBLE = /^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/;
const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/**
 * Reads `NAME=value` lines. A value in `'...'` is taken as it is, one in `"..."` with `\n`, `\t`, `\"` and `\\`; any
 * other ends at a blank with a `#`, and only there. Throws SecretFileRefused, which never quotes a line.
 */
export function parseSecretsText(text: string, shownPath: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [index, raw] of text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const refuse = (problem: string): SecretFileRefused =>
      new SecretFileRefused('secret.bad-file', `${shownPath}:${index + 1}: ${problem}`);
    const [, name, value] = LINE.exec(line) ?? [];
    if (name === undefined || value === undefined) throw refuse('expected NAME=value');
    if (values.has(name)) throw refuse(`${name} is set twice`);
    const read = readValue(value);
    if (read === undefined) throw refuse(`the quotes of ${name} are not closed, or something follows them`);
    values.set(name, read);
  }

  return values;
}

function readValue(text: string): string | undefined {
  if (text.startsWith("'")) return SINGLE.exec(text)?.[1];
  if (text.startsWith('"')) {
    return DOUBLE.exec(text)?.[1]?.replace(/\\(.)/g, (_, letter: string) => escapes[letter] ?? letter);
  }

  return text.replace(/(^|\s)#.*$/, '').trimEnd();
}
