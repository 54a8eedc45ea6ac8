import type { Json } from '../../../events/canonical-json.ts';
import type { Finding } from '../finding.ts';
import { isMapping } from '../mapping.ts';
import { readSource, type Span } from './source-text.ts';
import { type Path, toJson, type YamlNode } from './yaml-node.ts';
import { type ReadYaml, readYaml } from './yaml-reader.ts';

/** What a schema file of the project holds, or why it cannot be used. */
export type SchemaFile = { readonly schema: Json } | { readonly problem: string };

/** By the name that a definition gives the file: its path from the root of the project. */
export type SchemaFiles = ReadonlyMap<string, SchemaFile>;

/** Keys under which lists of tasks stand: what is data is not looked at. */
const around = ['workflow', 'tasks', 'task', 'branches', 'failure_workflow', 'steps'];

type NamedSchema = Span & { readonly path: Path; readonly name: string };

/** The schema files that receipts of a definition name, each place once. */
function namedSchemas(node: YamlNode, path: Path = []): readonly NamedSchema[] {
  if (node.kind === 'list') return node.items.flatMap((item, index) => namedSchemas(item, [...path, index]));
  if (node.kind !== 'map') return [];
  const receipt = node.entries.get('receipt')?.value;
  const schema = receipt?.kind === 'map' ? receipt.entries.get('schema')?.value : undefined;
  const own =
    schema?.kind === 'scalar' && typeof schema.value === 'string'
      ? [
          {
            path: [...path, 'receipt', 'schema'],
            name: schema.value,
            start: schema.start,
            end: schema.end,
          },
        ]
      : [];
  const inside = around.flatMap((key) => {
    const value = node.entries.get(key)?.value;
    return value === undefined ? [] : namedSchemas(value, [...path, key]);
  });

  return [...own, ...inside];
}

/** A definition with the content of its schema files in the place of their names: its value and its text. */
type Pinned = { readonly raw: Json; readonly text: string; readonly findings: readonly Finding[] };

/**
 * Puts the content of schema files in the place of their names, so that nobody needs the files any more. Lines stay
 * what they are: the content is written in one.
 */
export function pinSchemas(root: YamlNode, text: string, files: SchemaFiles = new Map()): Pinned {
  let raw = toJson(root);
  const edits = new Map<number, Span & { readonly content: string }>();
  const findings: Finding[] = [];
  for (const { path, name, start, end } of namedSchemas(root)) {
    const file = files.get(name) ?? { problem: 'there is no project here whose file it could be' };
    if ('problem' in file) {
      const message = `the schema file "${name}" cannot be used: ${file.problem}`;
      findings.push({ code: 'definition.schema-file', message, path });
      continue;
    }
    const content = described(withoutAnnotations(file.schema), name);
    raw = withValue(raw, path, content);
    edits.set(start, { start, end, content: JSON.stringify(content) });
  }
  const inReverse = [...edits.values()].sort((a, b) => b.start - a.start);

  return { raw, text: inReverse.reduce(replaced, text), findings };
}

function replaced(text: string, { start, end, content }: Span & { readonly content: string }): string {
  return text.slice(0, start) + content + text.slice(end);
}

function withValue(value: Json, [key, ...rest]: Path, put: Json): Json {
  if (key === undefined) return put;
  if (Array.isArray(value))
    return value.map((item: Json, index) => (index === key ? withValue(item, rest, put) : item));
  if (!isMapping(value)) return value;

  return { ...value, [key]: withValue(value[key] ?? null, rest, put) };
}

/** Where a schema came from is told to people who read the definition that is stored. */
function described(schema: Json, name: string): Json {
  return isMapping(schema) ? { description: `from ${name}`, ...schema } : schema;
}

/** Keywords that ask for nothing. */
const annotations = new Set(['$schema', '$id', '$comment', 'title', 'examples', 'default', 'deprecated']);

function withoutAnnotations(schema: Json): Json {
  if (!isMapping(schema)) return schema;
  const kept = Object.entries(schema).filter(([key]) => !annotations.has(key));

  return Object.fromEntries(
    kept.map(([key, value]) => {
      if (key === 'items') return [key, withoutAnnotations(value)];
      if (key !== 'properties' || !isMapping(value)) return [key, value];
      return [
        key,
        Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withoutAnnotations(each)])),
      ];
    }),
  );
}

/** The names of the schema files that a text asks for. What is no YAML asks for none. */
export function schemaNames(content: Uint8Array | string): readonly string[] {
  const text = typeof content === 'string' ? content : new TextDecoder().decode(content);
  if (!/\breceipt\b/.test(text)) return [];
  const read = parsed(text);

  return read.ok ? [...new Set(namedSchemas(read.root).map(({ name }) => name))] : [];
}

/** The schema that a file holds. Mistakes in it are found where the definition is checked. */
export function readSchemaFile(content: Uint8Array): SchemaFile {
  const read = parsed(content);
  if (!read.ok || read.problems.length > 0) {
    const [problem] = read.problems;
    return { problem: `line ${problem?.line ?? 1}: ${problem?.message ?? 'it is no YAML'}` };
  }
  const schema = toJson(read.root);
  const isSchema = isMapping(schema) && ['type', 'properties'].some((key) => Object.hasOwn(schema, key));

  return isSchema ? { schema } : { problem: 'it is no JSON Schema of a mapping, with "properties"' };
}

function parsed(content: Uint8Array | string): ReadYaml {
  const read = readSource({ file: '', content });

  return read.ok ? readYaml(read.source) : { ok: false, problems: [read.problem] };
}
