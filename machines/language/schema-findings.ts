import type { z } from 'zod';
import type { Json } from '../../events/canonical-json.ts';
import type { Finding } from './finding.ts';
import { kindOf } from './schema/shapes.ts';
import type { Path } from './text/yaml-node.ts';

type Issue = z.core.$ZodIssue;

/** Given to zod as the message of last resort, to tell its issues from those that our schemas worded. */
export const unworded = '\0';

/** The findings of one issue of zod, each with our words and the path from the root of the document. */
export function findingsOf(issue: Issue, value: Json, base: Path): readonly Finding[] {
  const path = [...base, ...(issue.path as Path)];
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue, path);
  const actual = valueAt(value, issue.path as Path);
  if (actual === undefined && issue.code !== 'custom') return [missing(path)];
  if (issue.code === 'invalid_union') return unionFindings(issue, value, base);

  return [{ code: codeOf(issue), message: messageOf(issue, actual), path }];
}

/** What stands at the path of a plain value; undefined when nothing does. */
export function valueAt(value: Json, path: Path): Json | undefined {
  let current: unknown = value;
  for (const part of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, part)) return undefined;
    current = (current as Readonly<Record<string | number, unknown>>)[part];
  }

  return current as Json | undefined;
}

function unknownKeys(issue: Extract<Issue, { code: 'unrecognized_keys' }>, path: Path): readonly Finding[] {
  const messages = issue.message.split('\n');

  return issue.keys.map((key, index) => ({
    code: 'definition.unknown-key',
    message: messages[index] ?? `unknown key "${key}"`,
    path: [...path, key],
    at: 'key',
  }));
}

function missing(path: Path): Finding {
  return {
    code: 'definition.missing-key',
    message: `the key "${String(path.at(-1))}" is missing${path.join('.') === 'workflow.version' ? ': write version: 1' : ''}`,
    path: path.slice(0, -1),
    at: path.length === 2 ? 'key' : 'value',
  };
}

/** Of a union, only the findings of the alternative that was meant: one whose own kind fits, with the fewest. */
function unionFindings(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  value: Json,
  base: Path,
): readonly Finding[] {
  const path = [...base, ...(issue.path as Path)];
  const own = valueAt(value, issue.path as Path) ?? null;
  const ofKind = issue.errors.filter(
    (issues) => !issues.some((each) => each.path.length === 0 && each.code === 'invalid_type'),
  );
  const fitting = ofKind
    .map((issues) => issues.flatMap((each) => findingsOf(each, own, path)))
    .filter((findings) => findings.length > 0)
    .sort((a, b) => a.length - b.length);
  const lacking = ofKind.map((issues) => lackingKey(issues, own));
  if (lacking.length > 1 && lacking.every((key) => key !== undefined)) {
    return noneNamed(lacking, { fitting, path });
  }

  return fitting[0] ?? [{ code: 'definition.wrong-type', message: messageOf(issue, own), path }];
}

function lackingKey(issues: readonly Issue[], own: Json): string | undefined {
  const lacking = issues.find(
    ({ code, path }) => code !== 'custom' && path.length === 1 && valueAt(own, path as Path) === undefined,
  );

  return lacking === undefined ? undefined : String(lacking.path[0]);
}

/** No key says which alternative is meant, unless one of them is written wrongly. */
function noneNamed(
  keys: readonly string[],
  { fitting, path }: { readonly fitting: readonly (readonly Finding[])[]; readonly path: Path },
): readonly Finding[] {
  const slip = fitting
    .flat()
    .find(({ message }) => keys.some((key) => message.endsWith(`did you mean "${key}"?`)));
  const message = `one of the keys ${keys.map((key) => `"${key}"`).join(', ')} is needed`;

  return [slip ?? { code: 'definition.missing-key', message, path }];
}

function codeOf(issue: Issue): string {
  if (issue.code === 'invalid_type') return 'definition.wrong-type';
  if (issue.code === 'too_small' || issue.code === 'too_big') return 'definition.out-of-range';
  const given: unknown = issue.code === 'custom' ? issue.params?.['code'] : undefined;

  return typeof given === 'string' ? given : 'definition.bad-value';
}

function messageOf(issue: Issue, actual: Json | undefined): string {
  return issue.message === unworded ? `not allowed here: ${kindOf(actual)}` : issue.message;
}
