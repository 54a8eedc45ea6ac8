import { z } from 'zod';
import { JsonObject, JsonValue } from '../../events/canonical-json.ts';
import { DefinitionRef } from '../../events/run-events.ts';

const reason = z.string().max(2_000).optional();
const task = z.string().min(1).max(1_000);
const input = JsonObject;
/** `since` of the approval that is answered: where the task was asked anew meanwhile, the answer is refused. */
const askedSince = z.string().max(100).optional();

/** What may be asked of a run that exists. Tasks are named by their addresses. Who asks is known from the token. */
export const AskedCommand = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('pauseRun'), reason }),
  z.strictObject({ kind: z.literal('resumeRun') }),
  /** Ends it in order: what it did is undone. */
  z.strictObject({ kind: z.literal('cancelRun'), reason }),
  /** Ends it at once, and undoes nothing. */
  z.strictObject({ kind: z.literal('terminateRun'), reason }),
  z.strictObject({ kind: z.literal('retryRun'), reason }),
  z.strictObject({ kind: z.literal('rerun'), from: task, input: input.optional(), reason }),
  z.strictObject({
    kind: z.literal('approve'),
    task,
    comment: z.string().max(2_000).optional(),
    data: JsonValue.optional(),
    askedSince,
  }),
  z.strictObject({
    kind: z.literal('reject'),
    task,
    comment: z.string().max(2_000).optional(),
    data: JsonValue.optional(),
    askedSince,
  }),
  /** What the approval depends on is done again, as the comment says, and the approval is asked anew. */
  z.strictObject({
    kind: z.literal('requestChange'),
    task,
    comment: z.string().min(1).max(2_000),
    askedSince,
  }),
  z.strictObject({ kind: z.literal('delegateApproval'), task, to: z.string().min(1).max(200), reason }),
  z.strictObject({ kind: z.literal('skipTask'), task, reason }),
  z.strictObject({ kind: z.literal('resolveTask'), task, output: JsonValue, reason }),
  /** Gives it to an agent. `takeAway`: also where a worker has begun it, which has no say any more then. */
  z.strictObject({
    kind: z.literal('assignTask'),
    task,
    to: z.string().min(1).max(200),
    takeAway: z.boolean().optional(),
    reason,
  }),
  z.strictObject({
    kind: z.literal('signal'),
    name: z.string().min(1).max(200),
    data: JsonValue.optional(),
    id: z.string().max(200).optional(),
  }),
  z.strictObject({ kind: z.literal('dropDeadLetter'), reason }),
]);
export type AskedCommand = z.output<typeof AskedCommand>;

export const StartRequest = z.strictObject({
  /**
   * The id of a definition (its highest registered version), `id@version`, or the path of a file in the project.
   */
  definition: z.string().min(1).max(300),
  /** Takes the file of the project that the id means, also where another version is registered. */
  draft: z.boolean().default(false),
  input: input.default({}),
  /** The same start with the same key is carried out once: the second is answered with the run of the first. */
  idempotencyKey: z.string().min(1).max(200).optional(),
});
export type StartRequest = z.input<typeof StartRequest>;

/** What was recorded: the run, and the number of its event. */
export const Recorded = z.object({ run: z.string(), sequence: z.int() });
export type Recorded = z.output<typeof Recorded>;

/** A file of the project that says something else than what is registered. */
export const DraftNotice = z.object({
  file: z.string(),
  /** Absent where the file cannot be read. */
  version: z.int().optional(),
  message: z.string(),
});
export type DraftNotice = z.output<typeof DraftNotice>;

/** A run that was started, and by which definition. */
export const StartedRun = Recorded.extend({
  definition: DefinitionRef,
  /** There where the file of the project says something else than the version that was started. */
  draft: DraftNotice.optional(),
  /** Drafts of the definitions that it starts runs of: they were registered with it. */
  referredDrafts: z.array(DraftNotice).optional(),
});
export type StartedRun = z.output<typeof StartedRun>;

export const ForkRequest = z.strictObject({ at: z.int().positive(), input: input.optional(), reason });
export type ForkRequest = z.input<typeof ForkRequest>;

/** The same for all runs that fit the terms. Without `dryRun`, `expectCount` has to be how many there are. */
export const BulkRequest = z.strictObject({
  /** Terms such as `status=FAILED definition=orders`. */
  where: z.string().min(1).max(2_000),
  command: z.strictObject({
    kind: z.enum(['pauseRun', 'resumeRun', 'cancelRun', 'terminateRun', 'retryRun', 'dropDeadLetter']),
    reason,
  }),
  dryRun: z.boolean().default(false),
  expectCount: z.int().nonnegative().optional(),
});
export type BulkRequest = z.input<typeof BulkRequest>;

export const BulkReport = z.object({
  where: z.string(),
  dryRun: z.boolean(),
  total: z.int(),
  changed: z.int(),
  refused: z.int(),
  items: z.array(
    z.object({
      run: z.string(),
      shortId: z.string(),
      definition: z.string(),
      status: z.string(),
      ok: z.boolean(),
      sequence: z.int().optional(),
      refusal: z.object({ code: z.string(), message: z.string() }).optional(),
    }),
  ),
});
export type BulkReport = z.output<typeof BulkReport>;

/** Stops much at once. `stop-starts` pauses every trigger and begins no run by itself; the rest is about runs. */
export const EmergencyRequest = z.strictObject({
  /** Terms as for bulk commands; `*`: every run that is under way. */
  where: z.string().min(1).max(2_000),
  action: z.enum(['stop-starts', 'pause', 'cancel', 'terminate']),
  reason: z.string().min(1).max(2_000),
  dryRun: z.boolean().default(false),
  expectCount: z.int().nonnegative().optional(),
});
export type EmergencyRequest = z.input<typeof EmergencyRequest>;

export const EmergencyReport = BulkReport.extend({
  /** What will happen, or has, in words. */
  effect: z.array(z.string()),
  triggers: z.array(z.string()),
});
export type EmergencyReport = z.output<typeof EmergencyReport>;
