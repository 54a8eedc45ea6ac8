import { z } from 'zod';
import type { Json } from '../../events/canonical-json.ts';
import type { Finding } from '../language/finding.ts';
import { isMapping, type Mapping } from '../language/mapping.ts';
import { kindOf } from '../language/schema/shapes.ts';
import { parseSalvaging } from '../language/text/salvage.ts';
import type { Path } from '../language/text/yaml-node.ts';

type Named = { readonly name: string };
type Report = (...findings: readonly Finding[]) => void;

/** An entry of a list, or of a mapping by name, as its schema reads it, with what was written and where. */
export type Entry<Value> = { readonly value: Value; readonly raw: Mapping; readonly path: Path };

/** Reads a list of mappings with names, or a mapping from name to the rest; reports everything that is wrong. */
export function readEntries<Schema extends z.ZodType<Named>>(options: {
  readonly value: Json | undefined;
  readonly path: Path;
  readonly schema: Schema;
  /** What one of them is called in messages: `an agent`. */
  readonly what: string;
  /** What one looks like, for messages, in a list and by its name. */
  readonly example?: { readonly listed: string; readonly keyed: string };
  readonly report: Report;
}): readonly Entry<z.output<Schema>>[] {
  const { schema, report } = options;
  const entries = writtenEntries(options).flatMap(({ raw, path, isKeyed }) => {
    const { value, findings } = parseSalvaging({ schema, value: raw, path });
    report(...findings.map((finding) => (isKeyed ? atKey(finding, path) : finding)));

    return value === undefined ? [] : [{ value, raw, path }];
  });
  report(...repeatedNames(entries));

  return entries;
}

type Written = { readonly raw: Mapping; readonly path: Path; readonly isKeyed: boolean };

function writtenEntries({
  value,
  path,
  what,
  example = { listed: '{name: SCANNER, level: L2}', keyed: '{level: L2}' },
  report,
}: Parameters<typeof readEntries>[0]): readonly Written[] {
  if (value === undefined || value === null) return [];
  if (isMapping(value)) {
    // A name with nothing behind it is an agent of which nothing more is said.
    return Object.entries(value).flatMap(([name, each]) =>
      written(each ?? {}, { path: [...path, name], what, example: example.keyed, report, name }),
    );
  }
  if (Array.isArray(value)) {
    return (value as readonly Json[]).flatMap((each, index) =>
      written(each, { path: [...path, index], what, example: example.listed, report }),
    );
  }
  const message = `expected a list, or a mapping by name, found ${kindOf(value)}`;
  report({ code: 'definition.wrong-type', message, path });

  return [];
}

function written(
  raw: Json,
  options: {
    readonly path: Path;
    readonly what: string;
    readonly example: string;
    readonly report: Report;
    readonly name?: string;
  },
): readonly Written[] {
  const { path, what, example, report, name } = options;
  if (!isMapping(raw)) {
    const message = `expected ${what}, a mapping such as ${example}, found ${kindOf(raw)}`;
    report({ code: 'definition.wrong-type', message, path });
    return [];
  }
  if (name === undefined) return [{ raw, path, isKeyed: false }];
  if (raw['name'] !== undefined) {
    const message = 'the name is the key already; leave one of them out';
    report({ code: 'definition.two-spellings', message, path: [...path, 'name'], at: 'key' });
  }

  return [{ raw: { ...raw, name }, path, isKeyed: true }];
}

/** What is wrong with a name that is a key is shown at the key. */
function atKey(finding: Finding, path: Path): Finding {
  const isName = finding.path.length === path.length + 1 && finding.path.at(-1) === 'name';

  return isName ? { ...finding, path, at: 'key' } : finding;
}

function repeatedNames(entries: readonly Entry<Named>[]): readonly Finding[] {
  const first = new Map<string, Path>();

  return entries.flatMap(({ value: { name }, path }) => {
    const before = first.get(name);
    if (before === undefined) first.set(name, path);

    return before === undefined
      ? []
      : [
          {
            code: 'definition.duplicate-name',
            message: `"${name}" is there already`,
            path: [...path, 'name'],
            first: [...before, 'name'],
          },
        ];
  });
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The JSON Schema of a list of entries, or of a mapping by name, whose schemas `entryJsonSchemas` gives. */
export function entriesJsonSchema(what: string, description: string): JsonSchema {
  const keyed = [{ $ref: `#/definitions/keyed_${what}` }, { type: 'null' as const }];

  return {
    description,
    anyOf: [
      { type: 'array', items: { $ref: `#/definitions/${what}` } },
      { type: 'object', additionalProperties: { anyOf: keyed } },
    ],
  };
}

/** The JSON Schema (draft-07) of a settings file, for editors. */
export function settingsJsonSchema(
  of: Required<Pick<JsonSchema, 'title' | 'description' | 'properties' | 'definitions'>>,
): JsonSchema {
  const { title, description, properties, definitions } = of;

  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title,
    description,
    type: 'object',
    additionalProperties: false,
    properties,
    definitions,
  };
}

/** An entry of a list has its name in it; one of a mapping has it as its key. */
export function entryJsonSchemas(what: string, schema: z.ZodType): Readonly<Record<string, JsonSchema>> {
  const { $schema: _, ...entry } = z.toJSONSchema(schema, { target: 'draft-07', io: 'input' }) as JsonSchema;
  const { name: _name, ...properties } = entry.properties ?? {};
  const required = (entry.required ?? []).filter((key) => key !== 'name');

  return { [what]: entry, [`keyed_${what}`]: { ...entry, properties, required } };
}
