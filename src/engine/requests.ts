import { z } from 'zod';
import { type Json, JsonObject, JsonValue } from '../../events/canonical-json.ts';
import { ModelBudget, ParentRef, TriggerRef } from '../../events/run-events.ts';
import { reservedKey } from '../../machines/run/record/claim-check.ts';

const who = {
  task: z.string(),
  by: z.string(),
  via: z.literal('link').optional(),
  askedSince: z.string().optional(),
};
const answer = {
  ...who,
  comment: z.string().optional(),
  data: JsonValue.optional(),
};
/** Made at random for each request. A request is repeated while its answer is missing: the id tells a repeat. */
const id = z.string().min(1).max(100);
const reason = { reason: z.string().optional() };

const whys = ['pauseRun', 'resumeRun', 'terminateRun', 'cancelRun', 'retryRun', 'dropDeadLetter'] as const;
const inputs = JsonObject;

/** What may be asked of a run from outside. */
const Command = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('approve'), ...answer }),
  z.strictObject({ kind: z.literal('reject'), ...answer }),
  z.strictObject({
    kind: z.literal('requestChange'),
    ...who,
    comment: z.string(),
  }),
  z.strictObject({
    kind: z.literal('delegateApproval'),
    task: z.string(),
    by: z.string(),
    to: z.string().min(1).max(200),
    ...reason,
  }),
  z.strictObject({ kind: z.enum(whys), ...reason }),
  z.strictObject({
    kind: z.literal('rerun'),
    from: z.string(),
    input: inputs.optional(),
    taskInput: JsonValue.optional(),
    ...reason,
  }),
  z.strictObject({ kind: z.literal('skipTask'), task: z.string(), ...reason }),
  z.strictObject({ kind: z.literal('resolveTask'), task: z.string(), output: JsonValue, ...reason }),
  z.strictObject({
    kind: z.literal('assignTask'),
    task: z.string(),
    by: z.string(),
    to: z.string().min(1).max(200),
    takeAway: z.boolean().optional(),
    ...reason,
  }),
  z.strictObject({
    kind: z.literal('signal'),
    name: z.string().min(1).max(200),
    data: JsonValue,
    id: z.string().max(200).optional(),
    ifAwaited: z.boolean().optional(),
  }),
]);

/** A request to the engine that owns a run's shard. */
export const EngineRequest = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('start'),
    id,
    run: z.string(),
    hash: z.string(),
    input: inputs,
    actor: z.string(),
    parent: ParentRef.optional(),
    failureOf: z.string().optional(),
    trigger: TriggerRef.optional(),
    hops: z.int().positive().optional(),
    requesters: z.array(z.string()).optional(),
    /** Of a part of another run, or the answer to its failure: the key that the values of that are sealed with. */
    erasureKey: z.string().max(64).optional(),
    budget: ModelBudget.optional(),
  }),
  /** A new run that goes on from event `at` of another one. */
  z.strictObject({
    kind: z.literal('fork'),
    id,
    run: z.string(),
    from: z.string(),
    at: z.int().positive(),
    input: inputs.optional(),
    actor: z.string(),
    ...reason,
  }),
  /** A run under way goes on by another version of its definition, the one with this hash. */
  z.strictObject({ kind: z.literal('migrate'), id, run: z.string(), hash: z.string(), actor: z.string() }),
  z.strictObject({ kind: z.literal('command'), id, run: z.string(), command: Command, actor: z.string() }),
  /** Asks the owner to work on the run, if it does not already. */
  z.strictObject({ kind: z.literal('adopt'), id, run: z.string() }),
]);
export type EngineRequest = z.output<typeof EngineRequest>;

/** Where a value from outside looks like a reference to one that the journal keeps elsewhere; undefined: nowhere. */
export function reservedIn(request: EngineRequest): string | undefined {
  // What other runs are started with may hold references: they stand in the journal of the run that starts them.
  const isFromRun = request.kind === 'start' && (request.parent ?? request.failureOf) !== undefined;

  return isFromRun ? undefined : reservedKey(request as unknown as Json);
}
