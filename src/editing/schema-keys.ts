import type { YamlPlace } from './yaml-place.ts';

/** One thing that may be written at a place. */
export type Offered = { readonly label: string; readonly detail: string; readonly isRequired: boolean };

type Schema = { readonly [key: string]: unknown };

const depthMax = 20;

/** The keys, or the values of the key, that the schema of the language allows at a place. */
export function offeredAt(root: Schema, { path, beside, key }: YamlPlace): readonly Offered[] {
  const parents = path.reduce<readonly Schema[]>(
    (schemas, part) => schemas.flatMap((schema) => inside(root, schema, part)),
    [root],
  );
  const open = parents.flatMap((schema) => branches(root, schema, beside));
  if (key !== undefined)
    return valuesOf(
      open.flatMap((schema) => inside(root, schema, key)),
      root,
    );

  return unique(open.flatMap(keysOf).filter(({ label }) => !beside.has(label)));
}

/** The schemas of what stands under a key, or of the entries of a list. The type of a task above is not looked at. */
function inside(root: Schema, schema: Schema, part: string): readonly Schema[] {
  return branches(root, schema, undefined).flatMap((branch) => {
    if (part === '[]') return schemasOf(branch['items']);
    const property = recordOf(branch['properties'])[part];

    return property === undefined ? schemasOf(branch['additionalProperties']) : schemasOf(property);
  });
}

/** A schema with everything that it may stand for: what it refers to, its alternatives, what holds for its type. */
function branches(
  root: Schema,
  schema: Schema,
  beside: ReadonlyMap<string, string> | undefined,
  depth = 0,
): readonly Schema[] {
  if (depth > depthMax) return [];
  const parts = [
    ...schemasOf(referred(root, schema['$ref'])),
    ...['anyOf', 'oneOf'].flatMap((name) => listOf(schema[name])),
    ...listOf(schema['allOf']).flatMap((part) =>
      applies(part, beside) ? schemasOf(part['then'] ?? part) : [],
    ),
  ];

  return [schema, ...parts.flatMap((part) => branches(root, part, beside, depth + 1))];
}

/** Whether a condition on the type of a task holds; a task without a type is a SIMPLE one. */
function applies(part: Schema, beside: ReadonlyMap<string, string> | undefined): boolean {
  if (beside === undefined) return true;
  const types = recordOf(recordOf(recordOf(part['if'])['properties'])['type'])['enum'];

  return !Array.isArray(types) || types.includes(beside.get('type') ?? 'SIMPLE');
}

function keysOf(schema: Schema): readonly Offered[] {
  const required = Array.isArray(schema['required']) ? schema['required'] : [];

  return Object.entries(recordOf(schema['properties'])).map(([label, property]) => ({
    label,
    detail: textOf(recordOf(property)['description']),
    isRequired: required.includes(label),
  }));
}

function valuesOf(schemas: readonly Schema[], root: Schema): readonly Offered[] {
  const open = schemas.flatMap((schema) => branches(root, schema, undefined));
  const values = open.flatMap((schema) => [
    ...(Array.isArray(schema['enum']) ? schema['enum'] : []),
    ...(schema['type'] === 'boolean' ? [true, false] : []),
  ]);

  return unique(values.map((value) => ({ label: String(value), detail: '', isRequired: false })));
}

function referred(root: Schema, reference: unknown): unknown {
  if (typeof reference !== 'string' || !reference.startsWith('#/')) return undefined;

  return reference
    .slice(2)
    .split('/')
    .reduce<unknown>((schema, part) => recordOf(schema)[part], root);
}

function unique(offered: readonly Offered[]): readonly Offered[] {
  return [...new Map(offered.toReversed().map((one) => [one.label, one])).values()].toReversed();
}

function listOf(value: unknown): readonly Schema[] {
  return Array.isArray(value) ? value.flatMap(schemasOf) : [];
}

function schemasOf(value: unknown): readonly Schema[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? [value as Schema] : [];
}

function recordOf(value: unknown): Schema {
  return schemasOf(value)[0] ?? {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
