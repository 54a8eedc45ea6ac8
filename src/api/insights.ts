import { z } from 'zod';
import { pageSchema } from './page.ts';

const time = z.string();

/** How runs went in a span of time. Times in ms; absent where there is nothing to take them of. */
export const RunStatistics = z.object({
  started: z.int(),
  ended: z.int(),
  completed: z.int(),
  /** That failed or timed out. */
  failed: z.int(),
  /** That people stopped, and so neither succeeded nor failed. */
  cancelled: z.int(),
  terminated: z.int(),
  /** Completed of completed and failed, from 0 to 1. */
  successRate: z.number().optional(),
  p50Ms: z.number().optional(),
  p95Ms: z.number().optional(),
});
export type RunStatistics = z.output<typeof RunStatistics>;

export const Insights = z.object({
  from: time,
  to: time,
  /** The length of the spans of `series`, in ms. */
  spanMs: z.number(),
  total: RunStatistics,
  byDefinition: z.array(RunStatistics.extend({ definition: z.string(), version: z.int() })),
  /** Oldest first. */
  series: z.array(RunStatistics.extend({ at: time })),
  /** When versions were first used. */
  versions: z.array(z.object({ definition: z.string(), version: z.int(), at: time })),
  agents: z.array(
    z.object({
      agent: z.string(),
      attempts: z.int(),
      failed: z.int(),
      /** How long its attempts waited before they began, and took, the median. */
      queuedMs: z.number().optional(),
      tookMs: z.number().optional(),
      /** The part of the span in which it had something under way. */
      utilisation: z.number(),
    }),
  ),
  /** How long runs of one department waited for another: an agent's, or a person's. */
  waits: z.array(z.object({ from: z.string(), to: z.string(), count: z.int(), totalMs: z.number() })),
  /** The tasks in which most time goes by, the worst first. */
  bottlenecks: z.array(
    z.object({
      definition: z.string(),
      task: z.string(),
      runs: z.int(),
      queuedMs: z.number(),
      runningMs: z.number(),
      waitingMs: z.number(),
      retries: z.int(),
    }),
  ),
  /** How many runs were read for this, of how many there are in the span. */
  read: z.int(),
  of: z.int(),
});
export type Insights = z.output<typeof Insights>;

/** Runs that failed alike: the same definition, task and error. */
export const FailureGroup = z.object({
  /** Names the group. */
  key: z.string(),
  definition: z.string(),
  versions: z.array(z.int()),
  task: z.string().optional(),
  code: z.string(),
  /** Of the latest, with what differs between them left as it is there. */
  message: z.string(),
  count: z.int(),
  firstAt: time,
  lastAt: time,
  workers: z.array(z.string()),
  /** The latest runs, at most twenty. */
  runs: z.array(z.string()),
  /** The terms that find just these runs, for a bulk command. */
  where: z.string(),
  acknowledged: z.object({ by: z.string(), at: time, note: z.string().optional() }).optional(),
  /** Who looks after it. */
  assigned: z.object({ to: z.string(), by: z.string(), at: time }).optional(),
  /** Nobody wants to hear of it until then, or until a version later than `version` fails. */
  muted: z
    .object({
      until: time,
      by: z.string(),
      at: time,
      note: z.string().optional(),
      definition: z.string(),
      version: z.int(),
    })
    .optional(),
});
export type FailureGroup = z.output<typeof FailureGroup>;

/** What failed last comes first. */
export const FailureList = pageSchema(FailureGroup);
export type FailureList = z.output<typeof FailureList>;

/** A group of failures by its key. */
export const FailureNamed = z.object({ key: z.string().regex(/^[0-9a-f]{16}$/) });
export type FailureNamed = z.output<typeof FailureNamed>;

const note = z.string().max(2_000).optional();
export const AcknowledgeRequest = FailureNamed.extend({ note });
export type AcknowledgeRequest = z.output<typeof AcknowledgeRequest>;
/** `to` is a principal, or any name. */
export const AssignRequest = FailureNamed.extend({
  to: z
    .string()
    .trim()
    .regex(/^[^\p{Cc}]{1,200}$/u),
});
export type AssignRequest = z.output<typeof AssignRequest>;
/** `until` is ISO 8601 with its offset, later than now and within a year. */
export const MuteRequest = FailureNamed.extend({ until: z.iso.datetime({ offset: true }), note });
export type MuteRequest = z.output<typeof MuteRequest>;

/** The span of time and the definition that statistics are about. */
export const InsightsRequest = z.object({
  from: z.string().optional(),
  to: z.string().optional(),
  definition: z.string().optional(),
});
export type InsightsRequest = z.output<typeof InsightsRequest>;

/** Who starts, calls and wakes whom. */
export const DependencyMap = z.object({
  nodes: z.array(
    z.object({
      /** `definition:orders`, `trigger:orders/paid`, `agent:SCANNER`, `event:order.paid`. */
      id: z.string(),
      kind: z.enum(['definition', 'trigger', 'agent', 'event', 'signal']),
      name: z.string(),
      detail: z.string().optional(),
      running: z.int(),
      department: z.string().optional(),
      x: z.number(),
      y: z.number(),
      width: z.number(),
      height: z.number(),
    }),
  ),
  edges: z.array(
    z.object({
      from: z.string(),
      to: z.string(),
      kind: z.enum(['starts', 'calls', 'emits', 'uses', 'wakes']),
    }),
  ),
  width: z.number(),
  height: z.number(),
});
export type DependencyMap = z.output<typeof DependencyMap>;
