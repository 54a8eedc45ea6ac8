import type { z } from 'zod';
import type { Json } from '../../../events/canonical-json.ts';
import type { Finding } from '../finding.ts';
import type { Mapping } from '../mapping.ts';
import { findingsOf, unworded, valueAt } from '../schema-findings.ts';
import type { Path } from './yaml-node.ts';

/**
 * Parses a mapping by a schema and reports everything that is wrong with it. What is wrong is then left out and the
 * rest is parsed again, so that one typo does not hide the problems of the rest. `fallback` stands in for keys that
 * have to be there. No value means that nothing could be saved.
 */
export function parseSalvaging<Schema extends z.ZodType>(options: {
  readonly schema: Schema;
  readonly value: Mapping;
  readonly path: Path;
  readonly fallback?: Mapping;
}): { readonly value?: z.output<Schema>; readonly findings: readonly Finding[] } {
  const { schema, path, fallback = {} } = options;
  const findings = new Map<string, Finding>();
  let value = options.value;
  for (const deep of [true, true, false, false]) {
    const parsed = schema.safeParse(value, { error: () => unworded, reportInput: false });
    if (parsed.success) return { value: parsed.data, findings: told([...findings.values()]) };

    for (const issue of parsed.error.issues) {
      for (const finding of findingsOf(issue, value, path)) {
        // What is missing because it was just left out has been reported already.
        if (!isAftermath(finding, options))
          findings.set(JSON.stringify([finding.path, finding.message]), finding);
      }
    }
    value = parsed.error.issues.reduce((rest, issue) => without(rest, issue, deep), value);
    if (!deep) value = { ...fallback, ...value };
  }

  return { findings: told([...findings.values()]) };
}

/** A key is not missing as well where one that is not known was likely meant for it. */
function told(findings: readonly Finding[]): readonly Finding[] {
  const meant = new Set(
    findings
      .filter(({ code }) => code === 'definition.unknown-key')
      .map(({ path, message }) => [path.slice(0, -1), /did you mean "([^"]+)"\?$/.exec(message)?.[1]])
      .map((place) => JSON.stringify(place)),
  );

  return findings.filter(({ code, path, message }) => {
    const key = /^the key "([^"]+)" is missing/.exec(message)?.[1];
    return code !== 'definition.missing-key' || !meant.has(JSON.stringify([path, key]));
  });
}

function isAftermath(
  finding: Finding,
  { value, path }: { readonly value: Mapping; readonly path: Path },
): boolean {
  if (finding.code !== 'definition.missing-key') return false;
  const keys = [...finding.message.matchAll(/"([^"]*)"/g)].map(([, key = '']) => key);

  return keys.some((key) => valueAt(value, [...finding.path.slice(path.length), key]) !== undefined);
}

function without(value: Mapping, issue: z.core.$ZodIssue, deep: boolean): Mapping {
  const path = issue.path as Path;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.reduce(
      (rest, key) => removed(rest, deep ? [...path, key] : [...path.slice(0, 1), key]),
      value,
    );
  }
  // An index of a list is not taken out, as that would move the others: the list is.
  const depth = deep ? path.findLastIndex((part) => typeof part === 'string') + 1 : 1;

  return removed(value, path.slice(0, depth));
}

function removed(value: Mapping, path: Path): Mapping {
  const [first, ...rest] = path;
  if (typeof first !== 'string' || !Object.hasOwn(value, first)) return value;
  const inner = value[first];
  if (rest.length > 0 && typeof inner === 'object' && inner !== null) {
    return { ...value, [first]: removedIn(inner, rest) };
  }

  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== first));
}

function removedIn(value: Json, path: Path): Json {
  const [first, ...rest] = path;
  if (Array.isArray(value) && typeof first === 'number') {
    return value.map((each: Json, index) => (index === first ? removedIn(each, rest) : each));
  }

  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? removed(value as Mapping, path)
    : value;
}
