import { z } from 'zod';
import { nestedTask, type TextType, taskSchemas, typeSpellings } from './schema/task-types.ts';
import { workflow, workset } from './schema/workflow.ts';
import { reported } from './workset.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/**
 * The JSON Schema (draft-07) of a definition file, for editors. It knows keys, types and descriptions; what only the
 * checker knows, such as references between tasks, is not in it.
 */
export function definitionJsonSchema(): JsonSchema {
  const kinds = Object.keys(taskSchemas) as TextType[];

  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: '3OX workflow definition',
    description: 'One workflow: its inputs, its tasks and what they depend on. Or a workset of several.',
    type: 'object',
    oneOf: [{ required: ['workflow'] }, { required: ['workset'] }],
    additionalProperties: false,
    properties: { workflow: converted(workflow), workset: worksetJsonSchema() },
    definitions: {
      task: {
        type: 'object',
        required: ['id'],
        properties: {
          type: { enum: Object.keys(typeSpellings), description: 'What kind of task. Default SIMPLE.' },
        },
        allOf: kinds.map(typeRule),
      },
      ...Object.fromEntries(kinds.map((kind) => [definitionName(kind), converted(taskSchemas[kind])])),
    },
  };
}

/** What a station wrote into a workset is left alone, whatever it is. */
function worksetJsonSchema(): JsonSchema {
  const { properties, ...rest } = converted(workset);
  const left = reported.map((key) => [key, { description: 'Reported by the station, and not read.' }]);

  return {
    ...rest,
    description: 'Definitions that are carried out as one.',
    properties: { ...properties, ...Object.fromEntries(left) },
    oneOf: [{ required: ['items'] }, { required: ['workflow'] }],
  };
}

/** A task is read by the schema of its type. Without a type it is SIMPLE. */
function typeRule(kind: TextType): JsonSchema {
  const spellings = Object.keys(typeSpellings).filter((each) => typeSpellings[each] === kind);
  const named = {
    properties: { type: { enum: spellings } },
    ...(kind === 'SIMPLE' ? {} : { required: ['type'] }),
  };

  // biome-ignore lint/suspicious/noThenProperty: "then" is a keyword of JSON Schema.
  return { if: named, then: { $ref: `#/definitions/${definitionName(kind)}` } };
}

function definitionName(kind: TextType): string {
  return `${kind.toLowerCase()}_task`;
}

function converted(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    target: 'draft-07',
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === (nestedTask as z.core.$ZodType)) jsonSchema.$ref = '#/definitions/task';
    },
  });

  return rest as JsonSchema;
}
