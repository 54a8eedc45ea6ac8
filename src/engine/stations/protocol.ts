import { z } from 'zod';
import { type Json, JsonObject, JsonValue } from '../../../events/canonical-json.ts';
import { RunStatus } from '../../../events/record.ts';
import { DefinitionRef, ErrorData } from '../../../events/run-events.ts';

const run = z.string().max(100);

/**
 * What one station asks of another. Each request may come late, come again, or never: all but `hello` name the run, and
 * asking twice is asking once.
 */
export const StationRequest = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('hello') }),
  /** Which definition this name stands for, and whether a run of it may be started. */
  z.strictObject({ kind: z.literal('name'), workflow: z.string().max(100) }),
  /** The same of a single task, which becomes a definition there; `inputs` are the names of what it gets. */
  z.strictObject({
    kind: z.literal('task'),
    task: JsonObject,
    inputs: z.array(z.string().max(200)).max(200),
  }),
  z.strictObject({
    kind: z.literal('start'),
    run,
    hash: z.string().max(100),
    input: JsonObject,
    parent: z.strictObject({
      run,
      task: z.string(),
      attempt: z.int().positive(),
      key: z.string().optional(),
    }),
    hops: z.int().positive().optional(),
    requesters: z.array(z.string().max(200)).max(1_000).optional(),
  }),
  /** How the run is. `isPaused`: so is the run that it works for, and it shall pause with it. */
  z.strictObject({ kind: z.literal('look'), run, isPaused: z.boolean().optional() }),
  z.strictObject({ kind: z.literal('end'), run, how: z.enum(['cancel', 'terminate']), reason: z.string() }),
]);
export type StationRequest = z.output<typeof StationRequest>;

const refused = z.object({
  ok: z.literal(false),
  refusal: z.object({ code: z.string(), message: z.string() }),
});

/** `status`: of the run, once it was started; `output` and `error` when it has ended. */
const answered = z.object({
  ok: z.literal(true),
  definition: DefinitionRef.optional(),
  status: RunStatus.optional(),
  output: JsonValue.optional(),
  error: ErrorData.optional(),
});

export const StationAnswer = z.discriminatedUnion('ok', [refused, answered]);
export type StationAnswer = z.output<typeof StationAnswer>;

/** What one station tells another without an answer: that a run which the other one started has ended. */
const StationNote = z.object({ kind: z.literal('ended'), run });

/** The run that a note is about; undefined for what is none. */
export function runEnded(note: Json): string | undefined {
  const read = StationNote.safeParse(note);

  return read.success ? read.data.run : undefined;
}

export function endedNote(run: string): Json {
  return { kind: 'ended', run } satisfies z.output<typeof StationNote>;
}
