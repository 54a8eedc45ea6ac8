import { z } from 'zod';
import { JsonObject } from './canonical-json.ts';
import type { Fact } from './catalogue.ts';
import { DefinitionRef } from './run-events.ts';

/** The statuses of a run (LANGUAGE.md, Statuses). */
export const RunStatus = z.enum([
  'RUNNING',
  'PAUSED',
  'CANCELLING',
  'COMPENSATING',
  'COMPLETED',
  'FAILED',
  'TERMINATED',
  'TIMED_OUT',
]);
export type RunStatus = z.output<typeof RunStatus>;

/** One change of a task that an event caused. `task` is absent for a change of the run itself. */
export const Transition = z.object({ task: z.string().optional(), from: z.string(), to: z.string() });
export type Transition = z.output<typeof Transition>;

/**
 * What a list of runs needs to know, carried by every record: the last record of a run is its line in the
 * index. `active` names at most ten tasks; `dueAt` is the earliest due time of any timer.
 */
export const Head = z.object({
  definition: DefinitionRef,
  status: RunStatus,
  startedAt: z.string(),
  endedAt: z.string().optional(),
  settled: z.int(),
  tasks: z.int(),
  active: z.array(z.object({ task: z.string(), status: z.string() })),
  dueAt: z.string().optional(),
  error: z.string().optional(),
  /** The run that this one is a part of, or whose failure it answers. */
  parent: z.string().optional(),
  /** The trigger that started it. */
  trigger: z.string().optional(),
  /** How many runs lie between it and the outside, where an event of a run started it. */
  hops: z.int().positive().optional(),
  /** The names of the signals that its tasks wait for, each once, in order; at most a hundred. */
  awaits: z.array(z.string()).optional(),
  /**
   * How a person reads the status, where that is another word: only approvals can move the run, or a person cancelled
   * it. Records of early releases do not have it.
   */
  shown: z.enum(['NEEDS_APPROVAL', 'CANCELLED']).optional(),
  /**
   * The approvals that it waits for, the longest waiting first; at most ten. `escalated`: others are asked as well by
   * now. `answered`: somebody handed it over, or gave one of several answers. An empty list tells
   * that it waits for none although `active` may name too few. Records of early releases do not have it.
   */
  asks: z
    .array(
      z.object({
        task: z.string(),
        since: z.string(),
        escalated: z.literal(true).optional(),
        answered: z.literal(true).optional(),
      }),
    )
    .optional(),
  /** How many approvals more it waits for than `asks` names. */
  asksMore: z.int().positive().optional(),
  /**
   * Only `dueAt`, a person, a signal or another request moves it: an engine that meets it has nothing to do for it
   * before. Records of early releases do not have it.
   */
  idle: z.literal(true).optional(),
  /** What follows is what runs are found by. Records of early releases do not have it. */
  key: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  /** The label of this name, else whose request the run is. */
  owner: z.string().optional(),
  /** The beginnings of the inputs that the definition marks as searchable, by their names. */
  searchable: z.record(z.string(), z.string()).optional(),
  /** The agents that open tasks are with; at most ten. */
  agents: z.array(z.string()).optional(),
  /** The skills that open tasks wait for while no agent has been found for them; at most ten. */
  skills: z.array(z.string()).optional(),
  /** Failed runs with the same one failed alike. */
  errorGroup: z.string().optional(),
  /** How the message of the error begins, where that is not sealed. */
  errorText: z.string().optional(),
});
export type Head = z.output<typeof Head>;

/**
 * One message of the journal: a CloudEvents 1.0 record in structured JSON. `id` is `<run>/<sequence>`,
 * `sequence` counts from 1 without gap, `previoushash` is the hash of the record before ('' for the first) and
 * `hash` is the SHA-256 (hex) of the canonical JSON of the record without `hash`.
 */
export const JournalRecord = z.object({
  specversion: z.literal('1.0'),
  id: z.string(),
  source: z.string(),
  type: z.string(),
  subject: z.string(),
  time: z.string(),
  datacontenttype: z.literal('application/json'),
  dataversion: z.int().positive(),
  actor: z.string(),
  sequence: z.int().positive(),
  previoushash: z.string(),
  /** The request from outside that led to it: one that comes again is answered with this record. */
  request: z.string().optional(),
  hash: z.string(),
  /**
   * What a reader has to know to understand the record, such as a member that changes what others mean. Whoever does
   * not know one of these leaves the run to others that do (docs/upgrading.md). Members that are not named here may be
   * passed over, and are kept.
   */
  critical: z.array(z.string()).optional(),
  data: z.object({
    fact: JsonObject,
    transitions: z.array(Transition),
    /** How many transitions more there were than one record lists. */
    omitted: z.int().positive().optional(),
    head: Head,
  }),
});
type Envelope = z.output<typeof JournalRecord>;

type RecordOf<One extends Fact> = One extends Fact
  ? Omit<Envelope, 'type' | 'data'> & {
      readonly type: One['type'];
      readonly data: Omit<Envelope['data'], 'fact'> & { readonly fact: One['data'] };
    }
  : never;

/** A record that was read: its type says what its fact holds. */
export type JournalRecord = RecordOf<Fact>;
