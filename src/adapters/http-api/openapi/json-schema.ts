import { z } from 'zod';

export type JsonSchema = { readonly [key: string]: unknown };

/**
 * The JSON Schema of what is sent (`input`) or answered (`output`), whole: nothing in it refers to another place. Any
 * JSON value is `{}`.
 */
export function jsonSchemaOf(schema: unknown, io: 'input' | 'output'): JsonSchema {
  const {
    $schema: _dialect,
    $defs,
    ...made
  } = z.toJSONSchema(schema as z.ZodType, {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      // Only JSON itself is recursive here.
      if (zodSchema._zod.def.type === 'lazy')
        for (const key of Object.keys(jsonSchema)) delete jsonSchema[key as keyof typeof jsonSchema];
    },
  });

  return inlined(made, {
    defs: ($defs ?? {}) as Readonly<Record<string, unknown>>,
    within: [],
  }) as JsonSchema;
}

type Defs = { readonly defs: Readonly<Record<string, unknown>>; readonly within: readonly string[] };

function inlined(value: unknown, place: Defs): unknown {
  if (Array.isArray(value)) return value.map((each) => inlined(each, place));
  if (typeof value !== 'object' || value === null) return value;
  const { $ref } = value as { readonly $ref?: unknown };
  if (typeof $ref !== 'string')
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, inlined(each, place)]));
  const name = $ref.slice($ref.lastIndexOf('/') + 1);
  if (place.within.includes(name)) return {};

  return inlined(place.defs[name] ?? {}, { ...place, within: [...place.within, name] });
}
