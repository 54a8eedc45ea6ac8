import { z } from 'zod';
import { AskedCommand, ForkRequest } from './commands.ts';
import { pageQuery } from './page.ts';
import { TasksOrStates } from './run-parts.ts';

/** The number of an event, also as text. */
const sequence = z.coerce.number<string | number>().int().positive();
const task = z.string().min(1).max(1_000).optional();

/** A run by its id, the beginning of its id, `@last` or `@failed`. */
export const RunNamed = z.object({ run: z.string().min(1).max(200) });
export type RunNamed = z.input<typeof RunNamed>;

const waitSecondsMax = 60;

export const RunResultRequest = RunNamed.extend({
  wait: z.coerce.number<string | number>().int().min(0).max(waitSecondsMax).optional(),
});
export type RunResultRequest = z.input<typeof RunResultRequest>;

/** A run as it is, or as it was after event `at`. */
export const RunAt = RunNamed.extend({ at: sequence.optional() });
export type RunAt = z.input<typeof RunAt>;

export const RunListRequest = pageQuery(100).extend({
  where: z.string().max(2_000).optional(),
  status: z.string().max(500).optional(),
  q: z.string().max(500).optional(),
  sort: z.enum(['updated', 'started', 'definition', 'status']).default('updated'),
});
export type RunListRequest = z.input<typeof RunListRequest>;
export type RunQuery = z.output<typeof RunListRequest>;

/** Each definition is a question of its own to the index. */
const definitionsMax = 50;

export const RunGridRequest = RunListRequest.omit({ sort: true }).extend({
  limit: z.coerce.number<string | number>().int().min(1).max(definitionsMax).default(20),
});
export type RunGridRequest = z.input<typeof RunGridRequest>;
export type RunGridQuery = z.output<typeof RunGridRequest>;

export const SqlQuestion = z.object({
  /** One SELECT. */
  sql: z.string().min(1).max(20_000),
  limit: z.coerce.number().int().min(1).max(10_000).default(1_000),
  /** Whose tasks, attempts and events are asked: terms as of a list. Absent: those of the latest runs. */
  where: z.string().max(2_000).optional(),
});
export type SqlQuestion = z.input<typeof SqlQuestion>;

export const SqlAnswer = z.object({
  columns: z.array(z.string()),
  rows: z.array(z.array(z.union([z.string(), z.number(), z.null()]))),
  /** There are more rows than that. */
  isCut: z.boolean(),
  /** Where tasks, attempts, events or executions were asked: of how many runs these were, and how many fit. */
  details: z.object({ runs: z.int(), of: z.int() }).optional(),
});
export type SqlAnswer = z.output<typeof SqlAnswer>;

const detailedMax = 25;

export const RunDetailsRequest = z.object({
  /** Full ids, separated by commas; at most 25. */
  runs: z
    .string()
    .min(1)
    .max(2_000)
    .transform((text) => text.split(','))
    .pipe(z.array(z.string()).max(detailedMax)),
});
export type RunDetailsRequest = z.input<typeof RunDetailsRequest>;

export const RunCommandRequest = RunNamed.extend({ command: AskedCommand });
export type RunCommandRequest = z.input<typeof RunCommandRequest>;

export const ForkOf = RunNamed.extend(ForkRequest.shape);
export type ForkOf = z.input<typeof ForkOf>;

export const MigrateRequest = RunNamed.extend({ version: z.int().positive().optional() });
export type MigrateRequest = z.input<typeof MigrateRequest>;

export const ComparedNames = RunNamed.extend({ other: RunNamed.shape.run });
export type ComparedNames = z.input<typeof ComparedNames>;

export const EventListRequest = RunNamed.extend({
  before: sequence.optional(),
  after: z.coerce.number<string | number>().int().nonnegative().optional(),
  limit: z.coerce.number<string | number>().int().min(1).max(1_000).default(200),
  /** Separated by commas; `task.*` matches every type with that prefix. */
  types: z.string().min(1).max(1_000).optional(),
  task,
  q: z.string().min(1).max(200).optional(),
  order: z.enum(['desc', 'asc']).optional(),
});
export type EventListRequest = z.input<typeof EventListRequest>;

export const RunEvent = RunNamed.extend({ sequence });
export type RunEvent = z.input<typeof RunEvent>;

export const HistoryRead = RunNamed.extend({
  after: z.coerce.number<string | number>().int().nonnegative().default(0),
  limit: z.coerce.number<string | number>().int().min(1).max(1_000).default(200),
});
export type HistoryRead = z.input<typeof HistoryRead>;

export const RunDrawn = RunAt.extend({ view: TasksOrStates.optional() });
export type RunDrawn = z.input<typeof RunDrawn>;

export const RunContextRequest = RunAt.extend({ changes: z.literal('no').optional() });
export type RunContextRequest = z.input<typeof RunContextRequest>;

export const RunLogRequest = RunAt.extend({
  task,
  after: z.coerce.number<string | number>().int().nonnegative().optional(),
});
export type RunLogRequest = z.input<typeof RunLogRequest>;

export const RunDiffRequest = RunNamed.extend({ from: sequence, to: sequence });
export type RunDiffRequest = z.input<typeof RunDiffRequest>;

export const ReplayRequest = RunNamed.extend({ until: sequence.optional() });
export type ReplayRequest = z.input<typeof ReplayRequest>;

const ErasedRun = z.object({
  run: z.string(),
  values: z.int().describe('How many sealed values its records have.'),
});

const ErasedKey = z.object({
  key: z.string().describe('Its name, as sealed values have it. It says nothing of the subject.'),
  at: z.string().describe('When it was destroyed: ISO 8601, UTC.'),
  by: z.string(),
  runs: z.array(ErasedRun),
});

export const ErasureItems = z.object({ items: z.array(ErasedKey) });
export type ErasureItems = z.output<typeof ErasureItems>;

export const KeyRotation = z.object({ retire: z.stringbool().or(z.boolean()).default(false) });
export type KeyRotation = z.input<typeof KeyRotation>;

export const RotatedMasterKeys = z.object({
  current: z.string().describe('The name of the master key that wraps from now on.'),
  rewrapped: z.int().describe('How many keys were wrapped with it anew.'),
  retired: z.array(z.string()).describe('The master keys that are gone.'),
});
export type RotatedMasterKeys = z.output<typeof RotatedMasterKeys>;

export const ErasureRequest = z.object({
  subject: z.string().min(1).max(500),
  terminateLive: z.stringbool().or(z.boolean()).default(false),
});
export type ErasureRequest = z.input<typeof ErasureRequest>;

/** See machines/audit/erasure-certificate.ts, which is what is signed and verified. */
export const ErasureCertificateDocument = z.object({
  format: z.literal('3ox-erasure/1'),
  namespace: z.string(),
  subject: z.string(),
  issuedAt: z.string(),
  keys: z.array(ErasedKey),
  runs: z.int(),
  values: z.int(),
  signature: z
    .object({
      key: z.string(),
      algorithm: z.literal('ed25519'),
      value: z.string(),
      signedAt: z.string(),
    })
    .optional(),
});
export type ErasureCertificateDocument = z.output<typeof ErasureCertificateDocument>;

export const RetentionRequest = z.object({ dryRun: z.stringbool().or(z.boolean()).default(false) });
export type RetentionRequest = z.input<typeof RetentionRequest>;

const Kept = z.enum(['whole', 'head', 'nothing']);

export const RetentionDocument = z.object({
  dryRun: z.boolean(),
  at: z.string().describe('When it was looked.'),
  runs: z.int().describe('Whose time in the journal was over then.'),
  messages: z.int().describe('What they hold.'),
  ofMessages: z.int().describe('What the journal held.'),
  dueSince: z.string().optional().describe('Since when the first of them were due.'),
  policies: z.array(
    z
      .object({ policy: z.string(), kept: Kept, runs: z.int(), messages: z.int() })
      .describe('What went by it.'),
  ),
  held: z
    .array(
      z.object({
        because: z.enum(['under-way', 'left-alone', 'not-told', 'not-yet', 'for-ever']),
        runs: z.int(),
      }),
    )
    .describe('Runs whose time is over as well, and which stay, by what another run of their family is.'),
  first: z
    .array(z.object({ run: z.string(), endedAt: z.string(), policy: z.string() }))
    .describe('Those that were due for the longest time.'),
  left: z.int().describe('How many left the journal.'),
  damaged: z.array(z.string()).describe('Runs that stay since their records are not as they should be.'),
  segment: z.string().optional().describe('The segment of the archive that was written.'),
  generation: z.int().optional().describe('The generation that the journal is in now.'),
  hasMore: z.boolean().optional().describe('More are due than go at a time: ask again.'),
});
export type RetentionDocument = z.output<typeof RetentionDocument>;
