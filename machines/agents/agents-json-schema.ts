import { z } from 'zod';
import { agentSchema, principalSchema } from './agents-schema.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The JSON Schema (draft-07) of agents.yaml, for editors. */
export function agentsJsonSchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: '3OX agents',
    description: 'Who carries tasks out, and who gives commands.',
    type: 'object',
    additionalProperties: false,
    properties: {
      agents: listOrMapping('agent', 'Who carries tasks out: a list, or a mapping by name.'),
      principals: listOrMapping('principal', 'Who gives commands: a list, or a mapping by name.'),
    },
    definitions: { ...definitions('agent', agentSchema), ...definitions('principal', principalSchema) },
  };
}

function listOrMapping(what: string, description: string): JsonSchema {
  const keyed = [{ $ref: `#/definitions/keyed_${what}` }, { type: 'null' as const }];

  return {
    description,
    anyOf: [
      { type: 'array', items: { $ref: `#/definitions/${what}` } },
      { type: 'object', additionalProperties: { anyOf: keyed } },
    ],
  };
}

/** An entry of a list has its name in it; one of a mapping has it as its key. */
function definitions(what: string, schema: z.ZodType): Readonly<Record<string, JsonSchema>> {
  const { $schema: _, ...entry } = z.toJSONSchema(schema, { target: 'draft-07', io: 'input' }) as JsonSchema;
  const { name: _name, ...properties } = entry.properties ?? {};
  const required = (entry.required ?? []).filter((key) => key !== 'name');

  return { [what]: entry, [`keyed_${what}`]: { ...entry, properties, required } };
}
