import { z } from 'zod';
import { JsonValue } from '../../events/canonical-json.ts';
import { Hello, WorkItem } from '../../events/worker-protocol.ts';

/** The longest that a claim may wait for work. */
const claimWaitMsMax = 55_000;

const { worker, agent, skills, capacity, language } = Hello.shape;

/** Asks for an item of work of an agent. */
export const ClaimRequest = z.strictObject({
  agent,
  /** A name that no other worker has, the same in every request of this one; `http:<who asks>` without. */
  worker: worker.optional(),
  /** How long to wait while there is none, in ms. */
  waitMs: z.int().min(0).max(claimWaitMsMax).default(30_000),
  skills,
  capacity: capacity.default(1),
  language,
});
export type ClaimRequest = z.output<typeof ClaimRequest>;

/** An item, begun: the engine has recorded that this worker has it. */
export const ClaimedWork = z.object({
  /** Goes into every report about the item, to any engine. Opaque; not to be shown to others. */
  claim: z.string(),
  item: WorkItem.omit({ token: true, reportTo: true }),
  /** When the attempt times out, where it does. */
  deadline: z.string().optional(),
  /** The longest time between two heartbeats, in ms: after three times as long another worker gets the item. */
  heartbeatMs: z.int().positive(),
});
export type ClaimedWork = z.output<typeof ClaimedWork>;

const claim = z.string().min(1).max(20_000);

export const HeartbeatRequest = z.strictObject({
  claim,
  /** Shown to people. */
  progress: z
    .strictObject({ percent: z.number().min(0).max(100).optional(), message: z.string().max(500).optional() })
    .optional(),
  /** How far the work has come, at most 32 KiB: whoever goes on with it gets it. */
  details: JsonValue.optional(),
});

/** The work is done. `output` is any JSON, null without. */
export const CompleteRequest = z.strictObject({ claim, output: JsonValue.default(null) });

/** The attempt failed; `retryable`: another one may help. */
export const FailRequest = z.strictObject({
  claim,
  error: z.strictObject({
    code: z.string().min(1).max(200),
    message: z.string().max(10_000),
    retryable: z.boolean().default(false),
    details: JsonValue.optional(),
  }),
});

/** Gives the item back, undone. */
export const ReleaseRequest = z.strictObject({ claim, reason: z.string().max(500).optional() });

/** The engine has recorded what was told. */
export const WorkHeard = z.object({ ok: z.literal(true) });
