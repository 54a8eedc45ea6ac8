import { z } from 'zod';
import { type Json, JsonValue } from './canonical-json.ts';
import { InexactNumber, parseJsonText } from './json-text.ts';
import { AttemptLog } from './task-events.ts';

// What engines and workers say to each other, whatever carries it: NATS, files, later HTTP. docs/workers.md is the page
// for whoever writes a worker; the AsyncAPI document is generated from these schemas.

/** Raised when a worker of today would no longer understand what is said. */
export const protocolVersion = 1;

const protocol = z.literal(protocolVersion);
const level = z.enum(['L0', 'L1', 'L2', 'L3']);
const skills = z.array(z.string().min(1).max(200)).max(200);

/** One attempt, offered to the workers of an agent. Times are ISO 8601 in UTC. */
export const WorkItem = z.object({
  protocol,
  run: z.string(),
  /** The address of the task in the run: its id, or more inside of a FORK or a loop. */
  task: z.string(),
  /** From 1. */
  attempt: z.int().positive(),
  /** The idempotency key of whatever the work does elsewhere: the same for all attempts of the task. */
  key: z.string(),
  /** `<run>/<task>/<attempt>`: another one for each attempt. */
  attemptKey: z.string().optional(),
  /** Proves, in every report, that the worker got this item. Not to be shown to others. */
  token: z.string(),
  /** The agent whose workers may take it. */
  agent: z.string(),
  /** All who were found for a task that asks for several skills; the first is `agent`, which leads. */
  team: z.array(z.object({ agent: z.string(), skills })).optional(),
  definition: z.object({ id: z.string(), version: z.int() }),
  /** The name of the task for people, where it has one. */
  name: z.string().optional(),
  /** The least level that the task asks of an agent. */
  level: level.optional(),
  input: JsonValue,
  offeredAt: z.string(),
  /** How long the attempt may take from its start, in ms. */
  timeoutMs: z.int().positive().optional(),
  /** The longest time between two heartbeats, in ms. */
  heartbeatTimeoutMs: z.int().positive().optional(),
  /** W3C trace context: the trace is that of the run, the span that of the attempt. */
  traceparent: z.string(),
  /** What the last heartbeat with details said, of this attempt or an earlier one: the work goes on from there. */
  lastDetails: JsonValue.optional(),
  /** Where reports about it go: a subject, a folder or an address, as the transport has it. */
  reportTo: z.string().optional(),
});
export type WorkItem = z.output<typeof WorkItem>;

/** The name of one attempt. What several attempts of a task share is `key`. */
export function attemptKeyOf({ run, task, attempt }: Pick<WorkItem, 'run' | 'task' | 'attempt'>): string {
  return `${run}/${task}/${attempt}`;
}

const ofItem = {
  protocol,
  run: z.string().max(200),
  task: z.string().max(1_000),
  attempt: z.int().positive(),
  token: z.string().max(200),
  /** Who reports: a name that no other worker has, the same for all reports about one item. */
  worker: z.string().min(1).max(200),
  /**
   * The item was handed to the worker, which thereby has it: its start is recorded only where it takes longer than a
   * moment, and an engine that takes the run over may not know of it.
   */
  handed: z.boolean().optional(),
};

/** Why an attempt failed. `retryable` false: another attempt would fail, too. */
export const WorkError = z.object({
  code: z.string().min(1).max(200),
  message: z.string().max(10_000),
  retryable: z.boolean().default(false),
  details: JsonValue.optional(),
});

/** What the work printed; left out where it is not what is kept: the result counts. */
const log = AttemptLog.optional().catch(undefined);

/**
 * Lines that the work has printed since the last heartbeat, shown while it goes on and not kept; left out where they
 * are not what can be shown.
 */
const printed = z
  .array(
    z.object({
      stream: z.enum(['stdout', 'stderr']),
      /** The place of the first of them among all lines that the attempt prints on the stream, from 0. */
      first: z.int().nonnegative(),
      lines: z.array(z.string().max(16 * 1024)).max(16 * 1024),
      /** So many bytes before the first of them are left out. */
      leftOut: z.int().nonnegative().optional(),
    }),
  )
  .max(2)
  .optional()
  .catch(undefined);

/** Shown to people while the work goes on. */
export const Progress = z.object({
  percent: z.number().min(0).max(100).optional(),
  message: z.string().max(500).optional(),
});

/** What a worker tells the engine about an item it got. Each is answered; unanswered ones are sent again. */
export const Report = z.discriminatedUnion('kind', [
  /** Asks to begin. Nothing may be done before the answer is `ok`. */
  z.object({ kind: z.literal('start'), ...ofItem }),
  /**
   * The work goes on; `progress` and `printed` are shown to people, `details` (at most 32 KiB) go to whoever goes on
   * with it.
   */
  z.object({
    kind: z.literal('heartbeat'),
    ...ofItem,
    progress: Progress.optional(),
    details: JsonValue.optional(),
    printed,
  }),
  /** The work is done. */
  z.object({ kind: z.literal('complete'), ...ofItem, output: JsonValue, log }),
  /** The attempt failed. The engine says whether there is another one. */
  z.object({ kind: z.literal('fail'), ...ofItem, error: WorkError, log }),
  /** Gives the item back, undone: the worker stops. Another worker may begin at once. */
  z.object({ kind: z.literal('release'), ...ofItem, reason: z.string().max(500).optional() }),
]);
export type Report = z.output<typeof Report>;

/**
 * What the text of a report says, still to be checked. What is no JSON is no report either: the engine says so to
 * whoever sent it. A result that cannot be recorded as it is fails its attempt, with the number that is meant.
 */
export function reportOfText(text: string): Json {
  try {
    return parseJsonText(text);
  } catch (error) {
    return error instanceof InexactNumber ? failedReport(JSON.parse(text) as Json, error) : text;
  }
}

function failedReport(report: Json, { code, message }: InexactNumber): Json {
  if (typeof report !== 'object' || report === null || Array.isArray(report)) return report;
  const { kind, output: _changed, ...rest } = report as { readonly [name: string]: Json };
  if (kind !== 'complete') return report;

  return { ...rest, kind: 'fail', error: { code, message: `of the result, ${message}`, retryable: false } };
}

/** The answer to whoever may begin, or is done; with all but `ok` only to `start`. */
const Granted = z.object({
  ok: z.literal(true),
  /** When the attempt times out (ISO 8601, UTC), where it does. */
  deadline: z.string().optional(),
  /** What is newer than `lastDetails` of the item. */
  lastDetails: JsonValue.optional(),
  /** The input, where that of the item is sealed, as the queue is kept on a disk. */
  input: JsonValue.optional(),
  /** How often the engine has to hear of the work, in ms, not to think the worker dead. */
  heartbeatMs: z.int().positive().optional(),
});
export type Granted = z.output<typeof Granted>;

/**
 * What the engine answers. Not `ok`, `next` says what the worker has to do with the item: `drop` it (the attempt is
 * over, or another worker has it: end the work, report nothing more, take it out of the queue), or `wait` and ask again
 * after `retryAfterMs`.
 */
export const ReportAnswer = z.discriminatedUnion('ok', [
  Granted,
  z.object({
    ok: z.literal(false),
    /** Stable and dotted, for programs. */
    code: z.string(),
    message: z.string(),
    next: z.enum(['drop', 'wait']),
    retryAfterMs: z.int().positive().optional(),
  }),
]);
export type ReportAnswer = z.output<typeof ReportAnswer>;

/** The most bytes that the details of a heartbeat may have, as JSON in UTF-8. */
export const detailsBytesMax = 32 * 1024;

/** A worker says that it is there: when it starts, every `everyMs`, when asked, and when it leaves. Not answered. */
export const Hello = z.object({
  protocol,
  worker: z.string().min(1).max(200),
  agent: z.string().min(1).max(200),
  /** What the agent can do, and its level and department, as the worker knows them. agents.yaml counts before. */
  skills: skills.default([]),
  level: level.optional(),
  department: z.string().max(200).optional(),
  /** How many items it works on at a time. */
  capacity: z.int().min(1).max(10_000),
  /** How many it works on now. */
  running: z.int().nonnegative(),
  /** How much of its capacity was used in the last minute, from 0 to 1. */
  utilisation: z.number().min(0).max(1).default(0),
  language: z.string().max(50).default('unknown'),
  host: z.string().max(300).default('unknown'),
  pid: z.int().optional(),
  startedAt: z.string().max(50),
  everyMs: z.int().min(100).max(600_000),
  /** It takes nothing more and ends. */
  leaving: z.boolean().default(false),
  /** How many handed items it has, and how many more the engines have for its agent than they may hand out. */
  handed: z.object({ taken: z.int().nonnegative(), waiting: z.int().nonnegative() }).optional(),
  /** Where engines may hand items to it, beside the queue of its agent: a subject below `_INBOX.`. */
  items: z
    .string()
    .regex(/^_INBOX\.[\w$.=-]+$/)
    .max(300)
    .optional(),
});
export type Hello = z.output<typeof Hello>;

/** Tells the workers of an agent that an attempt is over before they are done with it: there is no use in going on. */
export const StopNotice = z.object({ protocol, attemptKey: z.string(), reason: z.string() });
export type StopNotice = z.output<typeof StopNotice>;

/** A number that an engine gives to each item that it hands to a worker. */
const id = z.int().nonnegative();

/** What an engine says to one worker: that it is there, what the worker is to do, and answers to what it reported. */
export const EngineNote = z.object({
  protocol,
  /** The token of the engine, in the subject that notes to it go to. */
  engine: z
    .string()
    .regex(/^[\w-]+$/)
    .max(50),
  /** How many more items for the agent the engine has than it may hand to anybody. */
  waiting: z.int().nonnegative().default(0),
  /** These were begun in the name of the worker: it works on them at once. */
  items: z.array(z.object({ id, item: WorkItem, granted: Granted })).default([]),
  /** The number of the last item that was sent to the worker, with this note or before it. */
  sent: id.optional(),
  /** Without an answer the report is to be told to whoever owns the run by now. */
  answers: z.array(z.object({ id, answer: ReportAnswer.optional() })).default([]),
});
export type EngineNote = z.output<typeof EngineNote>;

/** What a worker says to one engine that hands it items. */
export const WorkerNote = z.discriminatedUnion('kind', [
  /**
   * How many items of this engine it may have at a time, and which it has of those up to `seen`: said every few
   * seconds, and on change.
   */
  z.object({
    kind: z.literal('room'),
    protocol,
    worker: ofItem.worker,
    room: id,
    held: z.array(id).max(10_000),
    seen: id.optional(),
  }),
  /** Reports, each with a number for its answer. Their texts follow, each on a line of its own. */
  z.object({
    kind: z.literal('reports'),
    protocol,
    worker: ofItem.worker,
    reports: z.array(z.object({ id, item: id })),
  }),
  /** It gives an item back undone, to be handed to anybody after so long. */
  z.object({ kind: z.literal('back'), protocol, worker: ofItem.worker, item: id, delayMs: id }),
]);
export type WorkerNote = z.output<typeof WorkerNote>;

/** Whether a report is the last about its item, where it is taken. One that is given back is said to be. */
export function isEndOfItem(kind: string): boolean {
  return kind === 'complete' || kind === 'fail';
}
