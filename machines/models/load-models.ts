import { z } from 'zod';
import type { Json } from '../../events/canonical-json.ts';
import {
  entriesJsonSchema,
  entryJsonSchemas,
  readEntries,
  settingsJsonSchema,
} from '../agents/read-entries.ts';
import { defined } from '../language/defined.ts';
import type { Finding } from '../language/finding.ts';
import { type LoadedSettings, loadSettings } from '../language/load-settings.ts';
import {
  choice,
  duration,
  expected,
  filled,
  idPattern,
  integer,
  strict,
  text,
} from '../language/schema/shapes.ts';

/** A model as models.yaml declares it. */
export type DeclaredModel = {
  /** What definitions call it. */
  readonly alias: string;
  readonly description?: string;
  /** Where its wire begins, such as `https://api.openai.com/v1`. */
  readonly address: string;
  /** What its provider calls it. */
  readonly name: string;
  /** The name of the secret that it is asked with; absent where it asks for none. */
  readonly secret?: string;
  /** For a million tokens; absent: not known, which is never nothing. */
  readonly price?: { readonly input: number; readonly output: number };
  /** The most tokens of one answer. */
  readonly maxTokens?: number;
  /** How long one call may take. */
  readonly timeoutMs?: number;
  /** What it is told of the schema that an answer has to fit. */
  readonly structured: 'schema' | 'json' | 'none';
};

/** What models.yaml says. */
export type DeclaredModels = { readonly models: readonly DeclaredModel[] };

/** The text of models.yaml becomes checked models, or the list of all that is wrong. Never throws. */
export function loadModels(options: {
  readonly file: string;
  readonly content: Uint8Array | string;
}): LoadedSettings<DeclaredModels> {
  return loadSettings({ ...options, keys: ['models'], codes: 'models', read });
}

function read(
  raw: Readonly<Record<string, Json>>,
  report: (...findings: readonly Finding[]) => void,
): DeclaredModels {
  const entries = readEntries({
    value: raw['models'],
    path: ['models'],
    schema: modelSchema,
    what: 'a model',
    example: {
      listed: '{name: fast, address: "http://127.0.0.1:11434/v1", model: llama3.2}',
      keyed: '{address: "http://127.0.0.1:11434/v1", model: llama3.2}',
    },
    report,
  });

  return { models: entries.map(({ value }) => modelOf(value)) };
}

function modelOf({ name, model, key, price, ...text }: z.output<typeof modelSchema>): DeclaredModel {
  return defined({
    alias: name,
    description: text.description,
    address: text.address.replace(/\/+$/, ''),
    name: model,
    secret: key,
    price,
    maxTokens: text.max_tokens,
    timeoutMs: text.timeout,
    structured: text.structured ?? 'schema',
  });
}

const secretPattern = /^\$\{\s*secrets\.([A-Za-z_][A-Za-z0-9_]*)\s*\}$/;

const address = filled('an address').refine(
  (value) => /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/i.test(value) && !/\$\{/.test(value),
  { error: 'expected an http or https address such as https://api.openai.com/v1, without a query' },
);

const amount = z.number({ error: expected('a number') }).min(0, { error: 'a price is no number below zero' });

const modelSchema = strict({
  name: filled('a name')
    .regex(idPattern, {
      error: 'expected a name of lower-case letters, digits, _ and -, at most 63',
    })
    .describe('What definitions call it.'),
  description: text().optional().describe('For people.'),
  wire: choice(['openai'])
    .optional()
    .describe('How it is asked. Default openai: POST <address>/chat/completions.'),
  address: address.describe('Where the wire begins, such as https://api.openai.com/v1.'),
  model: filled('the name of a model').describe('What its provider calls it.'),
  key: filled('a secret')
    .regex(secretPattern, {
      error: 'a key never stands in this file: expected ${secrets.NAME}, the name of a secret',
    })
    .transform((value) => secretPattern.exec(value)?.[1] ?? '')
    .optional()
    .describe('The secret that is sent as the bearer token: ${secrets.NAME}.'),
  price: strict({
    input: amount.describe('For a million tokens that it is told.'),
    output: amount.describe('For a million tokens that it answers.'),
  })
    .optional()
    .describe('What a million tokens cost. Without it no budget of money can be kept.'),
  max_tokens: integer(1, 10_000_000).optional().describe('The most tokens of one answer.'),
  timeout: duration().optional().describe('How long one call may take. Default: as long as the attempt.'),
  structured: choice(['schema', 'json', 'none'])
    .optional()
    .describe(
      'What it is told of the schema of an answer: the schema (default), that it is JSON, or nothing but the words.',
    ),
});

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The JSON Schema (draft-07) of models.yaml, for editors. */
export function modelsJsonSchema(): JsonSchema {
  return settingsJsonSchema({
    title: '3OX models',
    description: 'The models that tasks may ask.',
    properties: { models: entriesJsonSchema('model', 'The models: a list, or a mapping by name.') },
    definitions: entryJsonSchemas('model', modelSchema),
  });
}
