import { z } from 'zod';
import { JsonObject, JsonValue } from '../../events/canonical-json.ts';
import { CloudEvent, IncomingEvent } from '../../events/cloud-event.ts';
import { EventOutcome } from '../../events/event-outcome.ts';
import { pageQuery, pageSchema } from './page.ts';
import { TextProblem } from './problem.ts';

const time = z.string();

/** A field of a form, or an input of a definition. */
export const FormField = z.object({
  name: z.string(),
  required: z.boolean(),
  type: z.enum(['string', 'number', 'integer', 'boolean', 'array', 'object']).optional(),
  description: z.string().optional(),
  default: JsonValue.optional(),
  enum: z.array(JsonValue).optional(),
  secret: z.boolean().optional(),
  pattern: z.string().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minLength: z.int().optional(),
  maxLength: z.int().optional(),
});
export type FormField = z.output<typeof FormField>;

/** Who was away, and had `by` answer. */
const inPlaceOf = z.string().optional();

export const ApprovalPage = z.object({
  run: z.string(),
  shortId: z.string(),
  definition: z.object({ id: z.string(), version: z.int() }),
  task: z.string(),
  name: z.string().optional(),
  description: z.string().optional(),
  status: z.string(),
  /** What the request is about, as `show` of its task has it: by name, in that order. */
  subject: JsonObject.optional(),
  since: time.optional(),
  dueAt: time.optional(),
  escalatedAt: time.optional(),
  /** Of an escalation in stages: how many have begun, of how many, and when the next one does. */
  escalation: z.object({ stage: z.int(), of: z.int(), nextAt: time.optional() }).optional(),
  /** How often people were reminded. */
  reminders: z.int(),
  /** Who may answer, in words. */
  approvers: z.string(),
  quorum: z.int(),
  given: z.int(),
  /** `data`: what the form was filled in with. */
  grants: z.array(
    z.object({
      by: z.string(),
      inPlaceOf,
      at: time,
      comment: z.string().optional(),
      data: JsonValue.optional(),
    }),
  ),
  delegations: z.array(
    z.object({ by: z.string(), to: z.string(), at: time.optional(), reason: z.string().optional() }),
  ),
  /** The changes that were asked for before it was asked anew, in their order. */
  changes: z.array(z.object({ by: z.string(), inPlaceOf, at: time, comment: z.string() })),
  /** How many more may be asked for: 0 where it takes none. */
  changesLeft: z.int(),
  /** What becomes of it when nobody answers: absent where it waits for ever. */
  onTimeout: z.string().optional(),
  fields: z.array(FormField),
  /** What it is to be judged by: the input of the task, else the outputs of the tasks before it. */
  evidence: JsonObject,
  /** Answers that did not count, with the reason. */
  refused: z.array(
    z.object({
      by: z.string(),
      decision: z.string(),
      code: z.string(),
      message: z.string(),
      at: time.optional(),
    }),
  ),
  /** Of one that is over: the answer, and what the form was filled in with. */
  answer: z.string().optional(),
  output: JsonValue.optional(),
  /** Whether whoever asks may answer it, as far as can be told. */
  mayAnswer: z.boolean(),
});
export type ApprovalPage = z.output<typeof ApprovalPage>;
export const ApprovalList = pageSchema(ApprovalPage);
export type ApprovalList = z.output<typeof ApprovalList>;

/** Which approvals are asked for: all, or those that the caller may answer. */
export const ApprovalQuery = pageQuery(100).extend({
  mine: z.enum(['true', 'false', '1', '0', '']).optional(),
});
export type ApprovalQuery = z.input<typeof ApprovalQuery>;
export const ApprovalNamed = z.object({
  run: z.string().min(1).max(200),
  task: z.string().min(1).max(1_000),
});
export type ApprovalNamed = z.output<typeof ApprovalNamed>;

/** Somebody who is away, was or will be, and who answers approvals in their place. */
const AbsenceRow = z.object({
  who: z.string(),
  to: z.string(),
  from: time,
  until: time,
  /** `ended`: they were back before. */
  state: z.enum(['planned', 'away', 'over', 'ended']),
  /** When they said so. */
  at: time,
  endedAt: time.optional(),
  reason: z.string().optional(),
});
export type AbsenceRow = z.output<typeof AbsenceRow>;
export const AbsenceList = pageSchema(AbsenceRow);
export type AbsenceList = z.output<typeof AbsenceList>;

export const AwayRequest = z.object({
  to: z
    .string()
    .trim()
    .regex(/^[^\p{Cc}]{1,200}$/u),
  until: z.string().max(100),
  from: z.string().max(100).optional(),
  reason: z.string().max(2_000).optional(),
});
export type AwayRequest = z.output<typeof AwayRequest>;

/** `skills`: what the task requires of whoever carries it out; absent where its definition names an agent. */
const TaskOfAgent = z.object({
  run: z.string(),
  task: z.string(),
  since: time.optional(),
  skills: z.array(z.string()).optional(),
});
export type TaskOfAgent = z.output<typeof TaskOfAgent>;

export const AgentRow = z.object({
  name: z.string(),
  description: z.string().optional(),
  department: z.string().optional(),
  level: z.string(),
  skills: z.array(z.string()),
  capacity: z.int(),
  /** `nats`, `files`, `command`. */
  transport: z.string(),
  /** Of files: the folders that work is put into and results are taken from. */
  inbox: z.string().optional(),
  outbox: z.string().optional(),
  declared: z.boolean(),
  /** `idle`, `busy`, `draining`, `gone` (declared or with work waiting, and nobody there). */
  state: z.enum(['idle', 'busy', 'draining', 'gone']),
  draining: z.object({ by: z.string(), at: time, reason: z.string().optional() }).optional(),
  /** The team that somebody moved it to, whatever agents.yaml says. */
  moved: z
    .object({
      team: z.string(),
      department: z.string(),
      by: z.string(),
      at: time,
      reason: z.string().optional(),
    })
    .optional(),
  running: z.int(),
  utilisation: z.number(),
  queued: z.int(),
  taken: z.int(),
  workers: z.array(
    z.object({
      worker: z.string(),
      language: z.string(),
      host: z.string(),
      running: z.int(),
      capacity: z.int(),
      utilisation: z.number(),
      lastHeardAt: time,
    }),
  ),
  /** The runs and tasks that it works on now. */
  current: z.array(TaskOfAgent),
  /** What it has been given and has not begun. */
  waiting: z.array(TaskOfAgent),
});
export type AgentRow = z.output<typeof AgentRow>;
/** `problems`: why agents.yaml cannot be used; then nobody counts as declared. */
export const AgentList = pageSchema(AgentRow).extend({ problems: z.array(TextProblem).optional() });
export type AgentList = z.output<typeof AgentList>;

export const AgentNamed = z.object({ name: z.string().min(1).max(200) });
export type AgentNamed = z.output<typeof AgentNamed>;
export const AgentMove = AgentNamed.extend({
  team: z.string().min(1).max(200).optional(),
  reason: z.string().max(2_000).optional(),
});
export type AgentMove = z.output<typeof AgentMove>;

/** A time of a schedule, and why its run is started: `due`, `catch-up`, `buffer`, `backfill`, `now`. */
const Tick = z.object({ tick: time, why: z.string() });

export const TriggerRow = z.object({
  definition: z.object({ id: z.string(), version: z.int() }),
  trigger: z.string(),
  /** `event`, `cron`, `file`. */
  type: z.string(),
  /** What it starts on, in words: the type of the event, the cron line with its zone, the glob. */
  on: z.string(),
  /** What its definition says of it, defaults filled in, such as `cron`, `timezone` and `overlap`. */
  rule: JsonObject,
  paused: z.object({ by: z.string(), at: time, reason: z.string().optional() }).optional(),
  /** When it began to refuse events over its rate limit the last time, and why. */
  flooded: z.object({ at: time, message: z.string() }).optional(),
  /** Events that have not started a run yet, why, and when the next run is due as far as is known. */
  held: z.object({ events: z.int(), why: z.string(), nextAt: time }).optional(),
  /** Of schedules: the next times, or while it is paused those at which it would be due. */
  next: z.array(time),
  /** Of schedules that an engine has looked at: how far it has come. */
  schedule: z
    .object({
      /** Up to then it is decided what becomes of every time. */
      decidedUntil: time,
      /** What was started last, or why it could not be. */
      last: Tick.extend({
        run: z.string(),
        refused: z.object({ code: z.string(), message: z.string() }).optional(),
      }).optional(),
      /** What is being started. */
      firing: Tick.extend({ run: z.string(), by: z.string().optional() }).optional(),
      /** What is still to be started, the oldest first. */
      waiting: z.array(Tick.extend({ by: z.string().optional() })),
      counts: z.object({
        fired: z.int(),
        refused: z.int(),
        skipped: z.int(),
        missed: z.int(),
        paused: z.int(),
      }),
    })
    .optional(),
});
export type TriggerRow = z.output<typeof TriggerRow>;

export const EventOutcomeRow = EventOutcome.extend({
  /** Those of the event, empty where it cannot be read. */
  id: z.string(),
  source: z.string(),
  /** The runs that it started or woke. */
  runs: z.array(z.string()),
  /** What became of it, in words. */
  note: z.string(),
});
export type EventOutcomeRow = z.output<typeof EventOutcomeRow>;
/** They are kept in a stream that would have to be read whole to tell how many fit. */
export const EventList = pageSchema(EventOutcomeRow).omit({ total: true });
export type EventList = z.output<typeof EventList>;

/** Which events are asked for. */
export const EventQuery = pageQuery(100).extend({
  status: z.enum(['taken', 'ignored', 'refused', 'dead']).optional(),
  type: z.string().max(200).optional(),
  /** How long ago, such as 7d, or a time: what was dealt with before is left out. */
  since: z.string().max(100).optional(),
});
export type EventQuery = z.input<typeof EventQuery>;
export const EventAt = z.object({ position: z.coerce.number<string | number>().int().positive() });
export type EventAt = z.input<typeof EventAt>;

const EmitRequest = z.strictObject({
  type: z.string().min(1).max(200),
  data: JsonValue.optional(),
  id: z.string().min(1).max(200).optional(),
  source: z.string().min(1).max(500).optional(),
  subject: z.string().min(1).max(500).optional(),
});

/** An event in a few words, or as it is. */
export const EmittedEvent = z.object({ event: z.union([EmitRequest, IncomingEvent]) });
export type EmittedEvent = z.input<typeof EmittedEvent>;
/** `stored` is false for an event whose source and id came lately; `event` is it as it was published. */
export const EmitReport = z.object({ stored: z.boolean(), id: z.string(), event: CloudEvent });
export type EmitReport = z.output<typeof EmitReport>;
