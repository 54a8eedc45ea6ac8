import { load, YAMLException } from 'js-yaml';
import { z } from 'zod';
import { type Json, JsonValue } from '../../events/canonical-json.ts';
import { valueDepthMax } from '../../machines/expressions/evaluate/json-size.ts';
import { isRunId } from '../../machines/shard.ts';

/** A value that YAML can write and the journal cannot hold. */
class NotPlain extends Error {
  override readonly name = 'NotPlain';
}

/** What an agent's file may weigh, in bytes, and twice that in what its aliases stand for. */
export const answerBytesMax = 1024 * 1024;

const AnswerError = z.object({
  code: z.string().min(1).max(200).default('agent.failed'),
  message: z.string().max(10_000),
  retryable: z.boolean().default(true),
  details: JsonValue.optional(),
});

const Header = z.object({
  /** A run id of digits alone is a number to YAML. */
  workflow_id: z.union([z.string(), z.int().transform(String)]).refine(isRunId, 'is no run id'),
  task_id: z.string().max(1_000),
  agent: z.string().min(1).max(200),
  status: z.enum(['success', 'failed', 'progress']),
  attempt: z.int().positive().optional(),
  token: z.string().max(200).optional(),
  worker: z.string().min(1).max(200).optional(),
  error: z
    .union([
      z
        .string()
        .max(10_000)
        .transform((message) => AnswerError.parse({ message })),
      AnswerError,
    ])
    .optional(),
  percent: z.number().min(0).max(100).optional(),
  message: z.string().max(500).optional(),
});

/** What an agent wrote about a task. */
export type AgentAnswer = { readonly header: z.output<typeof Header>; readonly payload: Json };

/** `half`: more text may make it whole. `wrong`: nothing will. `foreign`: it is about something else. */
export type ReadAnswer =
  | { readonly kind: 'answer'; readonly answer: AgentAnswer }
  | { readonly kind: 'half' | 'wrong'; readonly reason: string }
  | { readonly kind: 'foreign' };

/** Reads the text of an answer. In a folder that others use, a result that names no run is foreign. */
export function readAgentAnswer(name: string, text: string): ReadAnswer {
  const document = readYaml(text);
  if ('kind' in document) return document;
  const { header, payload } = mapping(document.value);
  if (name.startsWith('result-') && isMapping(header) && header['workflow_id'] === undefined) {
    return { kind: 'foreign' };
  }
  if (!isMapping(header)) return { kind: 'half', reason: 'it has no header' };
  if (payload === undefined) return { kind: 'half', reason: 'it has no payload' };
  const checked = Header.safeParse(header);
  if (!checked.success) return { kind: 'wrong', reason: `its header is wrong: ${issuesOf(checked.error)}` };

  return { kind: 'answer', answer: { header: checked.data, payload } };
}

function readYaml(text: string): { readonly value: Json } | Extract<ReadAnswer, { reason: string }> {
  if (text.trim() === '') return { kind: 'half', reason: 'it is empty' };
  try {
    return { value: plainValue(load(text, { maxDepth: valueDepthMax }), 2 * answerBytesMax) };
  } catch (error) {
    if (error instanceof NotPlain) return { kind: 'wrong', reason: error.message };
    if (!(error instanceof YAMLException)) throw error;

    return { kind: 'half', reason: `line ${(error.mark?.line ?? 0) + 1}: ${error.reason}` };
  }
}

function mapping(value: Json): Readonly<Record<string, Json>> {
  return isMapping(value) ? value : {};
}

function isMapping(value: Json | undefined): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function issuesOf(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
}

/**
 * The value as JSON, aliases written out. Throws NotPlain for what is none, is nested too deep, writes `__proto__`, or
 * would be larger than `weightMax`: a few aliases of aliases make gigabytes of a short text.
 */
function plainValue(value: unknown, weightMax: number): Json {
  let weight = 0;

  const weigh = (more: number) => {
    weight += more;
    if (weight > weightMax) throw new NotPlain('with its aliases written out, it is too large');
  };
  const member = ([key, part]: [string, unknown], depth: number): [string, Json] => {
    if (key === '__proto__') throw new NotPlain('it has a key __proto__');
    weigh(key.length);

    return [key, copy(part, depth)];
  };
  const copy = (part: unknown, depth: number): Json => {
    weigh(typeof part === 'string' ? part.length + 1 : 1);
    if (typeof part !== 'object' || part === null) return plainScalar(part);
    if (depth === valueDepthMax) throw new NotPlain(`it is nested deeper than ${valueDepthMax}`);
    if (Array.isArray(part)) return part.map((inner) => copy(inner, depth + 1));

    return Object.fromEntries(Object.entries(part).map((entry) => member(entry, depth + 1)));
  };

  return copy(value, 0);
}

function plainScalar(value: unknown): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
    throw new NotPlain(`${value} is beyond 2^53, where digits are lost; give it as text, in quotes`);
  if (typeof value === 'number' && Number.isFinite(value)) return value;

  throw new NotPlain(`${String(value)} is nothing that JSON has`);
}
