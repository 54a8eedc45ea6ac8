import { join } from 'node:path';
import { readPrivateFile } from '../files/private-file.ts';
import { SecretFileRefused } from '../ports/access/secret-errors.ts';
import type { ProjectSecrets } from '../ports/access/secrets.ts';

const LINE = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/;
const SINGLE = /^'([^']*)'\s*(?:#.*)?$/;
const DOUBLE = /^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/;
const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

const PREFIX = 'WORKFLOW_SECRET_';
const shownPath = '.3ox/secrets.env';

/**
 * The secrets of a project as they are now: from its `.3ox/secrets.env`, and from environment variables
 * `WORKFLOW_SECRET_<NAME>`, which go first. An empty value is none. Throws SecretFileRefused.
 */
export function createProjectSecrets(
  projectDir: string,
  env: Readonly<Record<string, string | undefined>>,
): ProjectSecrets {
  const text = readPrivateFile(join(projectDir, '.3ox', 'secrets.env'), shownPath);
  const found = new Map(text === undefined ? [] : parseSecretsText(text, shownPath));
  for (const [name, value] of Object.entries(env)) {
    if (name.startsWith(PREFIX) && value) found.set(name.slice(PREFIX.length), value);
  }
  const known = new Map([...found].filter(([, value]) => value !== ''));
  const all = [...new Set(known.values())];
  const values = Object.fromEntries(known);

  return {
    get: (name) => known.get(name),
    values: () => values,
    all: () => all,
  };
}

/**
 * Reads `NAME=value` lines. A value in `'...'` is taken as it is, one in `"..."` with `\n`, `\t`, `\"` and `\\`; any
 * other ends at a blank with a `#`, and only there. Throws SecretFileRefused, which never quotes a line.
 */
function parseSecretsText(text: string, shownPath: string): ReadonlyMap<string, string> {
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
