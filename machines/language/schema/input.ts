import { z } from 'zod';
import { choice, expected, filled, flag, integer, listOf, mapOf, strict, template, text } from './shapes.ts';

const finite = () => z.number({ error: expected('a number') });

/** One typed input. */
export const inputProperty = strict({
  type: choice(['string', 'number', 'integer', 'boolean', 'array', 'object'])
    .optional()
    .describe('None: any value goes.'),
  description: text().optional().describe('For people.'),
  default: template().optional().describe('Used when the input is not given.'),
  enum: listOf(template(), 'a list of values').min(1, { error: 'the list of values is empty' }).optional(),
  secret: flag().optional().describe('Never shown nor recorded.'),
  pattern: text('a regular expression')
    .optional()
    .describe('A regular expression (RE2) that text must match.'),
  minimum: finite().optional(),
  maximum: finite().optional(),
  minLength: integer(0).optional(),
  maxLength: integer(0).optional(),
  items: mapOf(template(), 'the schema of an item')
    .optional()
    .describe('What each item of an array must be.'),
});

const optionalInput = z.union([filled('a name'), mapOf(template(), 'a mapping from name to default')], {
  error: 'expected a name, or a mapping from name to default',
});

/** The inputs of a run: the short form of the seeds, typed properties, or both. */
export const input = strict({
  required: listOf(filled('a name'), 'a list of names').optional().describe('Names that must be given.'),
  optional: z
    .union([listOf(optionalInput, 'a list'), mapOf(template(), 'a mapping from name to default')], {
      error: 'expected a list such as [name: default]',
    })
    .optional()
    .describe('Names with their defaults.'),
  properties: mapOf(inputProperty, 'a mapping from name to type').optional().describe('Typed inputs.'),
});

export type InputText = z.output<typeof input>;
export type PropertyText = z.output<typeof inputProperty>;
