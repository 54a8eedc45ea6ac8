import { z } from 'zod';
import { choice, filled, integer, oneOrMany, strict, text, textTemplate } from '../language/schema/shapes.ts';
import { agentLevel, runCommand } from '../language/schema/task-common.ts';
import { agentNameRule, isAgentName } from './agent-name.ts';
import { isReservedName, reservedNamesText } from './declared-agent.ts';

/** As long as names are in the worker protocol. */
const nameLengthMax = 200;

const name = (what: string) =>
  filled(what).refine(
    (value) => value.length <= nameLengthMax && value.trim() === value && !/\p{Cc}/u.test(value),
    {
      error: `expected ${what} of at most ${nameLengthMax} characters, in one line, without spaces around it`,
    },
  );

const transport = z.union(
  [
    choice(['nats', 'files']),
    strict({
      files: strict({
        inbox: textTemplate('a folder')
          .optional()
          .describe('Where task files are put. Default .3ox/task-queue.'),
        outbox: textTemplate('a folder')
          .optional()
          .describe('Where response files are looked for. Default .3ox/response-queue.'),
      })
        .optional()
        .describe('Files in two folders of the project.'),
      command: strict({ run: runCommand.describe('As the run of a task.') })
        .optional()
        .describe('A command that the engine itself runs.'),
    }),
  ],
  { error: 'expected nats, files, {files: {inbox, outbox}} or {command: {run: ...}}' },
);

export const agentSchema = strict({
  name: name('an agent name')
    .refine(isAgentName, { error: `expected ${agentNameRule}` })
    .describe('What assigned_to calls it.'),
  description: text().optional().describe('For people.'),
  department: name('a department').optional().describe('For people and lists.'),
  level: agentLevel().optional().describe('Its authority, from L0, the highest. Default L3.'),
  skills: oneOrMany(name('a skill name'), 'a skill or a list of them')
    .optional()
    .describe('What it can do; requires of a task asks for them.'),
  capacity: integer(1, 10_000)
    .optional()
    .describe('Attempts it may have at a time. Default: what its workers have together.'),
  transport: transport.optional().describe('How work reaches it. Default nats.'),
});

export const principalSchema = strict({
  name: name('a name')
    .refine((value) => !isReservedName(value), {
      error: ({ input }) => `nobody can be called ${JSON.stringify(input)}: ${reservedNamesText}`,
    })
    .describe('What --as calls them.'),
  level: agentLevel().describe('What they may do, from L0, the highest.'),
  domain: name('a domain').optional().describe('Whose workflows an L2 may start.'),
});

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
