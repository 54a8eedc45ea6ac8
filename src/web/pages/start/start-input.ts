import type { FormField } from '../../../api/people.ts';
import type { JsonRecord } from '../../api/json.ts';
import { defaultValues } from '../../parts/json/schema-values.ts';

/** What a form holds at first: the defaults, and over them what the address of the page brings, which no secret is. */
export function firstInput(fields: readonly FormField[], address: string): JsonRecord {
  const secrets = secretsOf(fields);
  const told = Object.entries(readInput(address)).filter(([name]) => !secrets.has(name));

  return { ...defaultValues(fields), ...Object.fromEntries(told) };
}

/** The page that starts a run of a definition, filled in with these inputs. */
export function startPath(definition: string, input: JsonRecord): string {
  return `/start/${encodeURIComponent(definition)}?input=${encodeURIComponent(JSON.stringify(input))}`;
}

function secretsOf(fields: readonly FormField[]): ReadonlySet<string> {
  return new Set(fields.filter(({ secret }) => secret === true).map(({ name }) => name));
}

/** The form as it is put into the address: without secrets, and empty where it says nothing but the defaults. */
export function addressInput(fields: readonly FormField[], input: JsonRecord): string {
  const secrets = secretsOf(fields);
  const defaults = defaultValues(fields);
  const told = Object.entries(input).filter(
    ([name, value]) => !secrets.has(name) && JSON.stringify(value) !== JSON.stringify(defaults[name]),
  );

  return told.length === 0 ? '' : JSON.stringify(Object.fromEntries(told));
}

/** The version that the page shows, by its name: what is published meanwhile is not what somebody looked at. */
export function pinnedName({ id, version }: { readonly id: string; readonly version: number }): string {
  // The file of a definition with errors may tell no version.
  return version > 0 ? `${id}@${version}` : id;
}

/** What `workflow start` takes for itself: an input of such a name is given in another way. */
const ownFlags: ReadonlySet<string> = new Set(
  'wait detach timeout as input watch no-input help project json time quiet color ascii'.split(' '),
);

/** What a person would type to do the same. Secrets are left to be filled in. */
export function startCommand(definition: string, fields: readonly FormField[], input: JsonRecord): string {
  const flags = Object.entries(withoutSecrets(fields, input)).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    if (ownFlags.has(name)) return `-i ${shellWord(`${name}=${text}`)}`;

    // What begins with a dash would be another flag.
    return `--${name}${text.startsWith('-') ? '=' : ' '}${shellWord(text)}`;
  });

  return ['workflow start', shellWord(definition), ...flags].join(' ');
}

/** The same as an HTTP request. */
export function startCurl(
  origin: string,
  body: { readonly definition: string; readonly input: JsonRecord; readonly idempotencyKey?: string },
): string {
  const told = shellWord(JSON.stringify(body));

  return `curl -X POST ${shellWord(`${origin}/api/v1/runs`)} -H 'content-type: application/json' -d ${told}`;
}

/** The fields whose values are other ones. */
export function changedNames(before: JsonRecord, after: JsonRecord): readonly string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];

  return names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
}

/** Each secret as a word that says what belongs there. */
export function withoutSecrets(fields: readonly FormField[], input: JsonRecord): JsonRecord {
  const secrets = secretsOf(fields);

  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [name, secrets.has(name) ? `<${name}>` : value]),
  );
}

function shellWord(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function readInput(text: string): JsonRecord {
  try {
    const read: unknown = JSON.parse(text);

    return typeof read === 'object' && read !== null && !Array.isArray(read) ? (read as JsonRecord) : {};
  } catch {
    return {};
  }
}
