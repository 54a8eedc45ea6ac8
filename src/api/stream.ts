import { z } from 'zod';
import { RunLine } from './run.ts';

/**
 * One message of the event stream. The id of the message is `position`: a client that comes back with it in
 * `Last-Event-ID` is told everything behind it, each once.
 */
export const StreamMessage = z.discriminatedUnion('kind', [
  /** A run has a new event; `line` is how it is now. */
  z.object({
    kind: z.literal('run'),
    position: z.int(),
    run: z.string(),
    sequence: z.int(),
    type: z.string(),
    time: z.string(),
    task: z.string().optional(),
    actor: z.string(),
    note: z.string(),
    line: RunLine,
  }),
  /** Sent first, and when the client asked for what is too long gone: what it has must be read anew. */
  z.object({ kind: z.literal('snapshot'), position: z.int(), reason: z.enum(['new', 'gap']) }),
  /** Who is there, or how much waits for agents, has changed: has no position. */
  z.object({ kind: z.literal('agents') }),
  /** An attempt has printed these lines; asked for with `printed` only: has no position. */
  z.object({
    kind: z.literal('printed'),
    run: z.string(),
    task: z.string(),
    attempt: z.int(),
    stream: z.enum(['stdout', 'stderr']),
    time: z.string(),
    first: z.int(),
    lines: z.array(z.string()),
    leftOut: z.int().optional(),
    count: z.int().optional(),
  }),
  /** An alert rule has spoken: has no position. */
  z.object({ kind: z.literal('alert'), rule: z.string(), text: z.string(), run: z.string().optional() }),
]);
export type StreamMessage = z.output<typeof StreamMessage>;
