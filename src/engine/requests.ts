import { z } from 'zod';
import { JsonValue } from '../../events/json-value.ts';

const answer = {
  task: z.string(),
  by: z.string(),
  comment: z.string().optional(),
  data: JsonValue.optional(),
};
/** Made at random for each request. A request is repeated while its answer is missing: the id tells a repeat. */
const id = z.string().min(1).max(100);
const reason = { reason: z.string().optional() };

/** What may be asked of a run from outside. */
const Command = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('approve'), ...answer }),
  z.strictObject({ kind: z.literal('reject'), ...answer }),
  z.strictObject({ kind: z.literal('pauseRun'), ...reason }),
  z.strictObject({ kind: z.literal('resumeRun'), ...reason }),
  z.strictObject({ kind: z.literal('terminateRun'), ...reason }),
]);

/** A request to the engine that owns a run's shard. */
export const EngineRequest = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('start'),
    id,
    run: z.string(),
    hash: z.string(),
    input: z.record(z.string(), JsonValue),
    actor: z.string(),
  }),
  z.strictObject({ kind: z.literal('command'), id, run: z.string(), command: Command, actor: z.string() }),
  /** Asks the owner to work on the run, if it does not already. */
  z.strictObject({ kind: z.literal('adopt'), id, run: z.string() }),
]);
export type EngineRequest = z.output<typeof EngineRequest>;
