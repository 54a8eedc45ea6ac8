import { z } from 'zod';

/** Why a run of a schedule is started: its time came, was missed, waited for the run before, or a person asked. */
const Why = z.enum(['due', 'catch-up', 'buffer', 'backfill', 'now']);

/** How far a schedule has come. Times are ISO 8601 in UTC; a tick is a time at which it is due. */
export const ScheduleState = z.object({
  /** What `decidedUntil` was counted by: a schedule that was changed begins anew. */
  cron: z.string(),
  timezone: z.string(),
  /** Of every tick up to this one it is decided what becomes of it. */
  decidedUntil: z.string(),
  /** What is still to be started, the oldest first: it waits for a run before to end, or a person asked for it. */
  waiting: z.array(z.object({ tick: z.string(), why: Why, by: z.string().optional() })),
  /** What is being started: noted before it is, so that whoever goes on starts the same run, or finds it started. */
  firing: z.object({ tick: z.string(), run: z.string(), why: Why, by: z.string().optional() }).optional(),
  /** What was started last, or why it could not be. */
  last: z
    .object({
      tick: z.string(),
      run: z.string(),
      why: Why,
      refused: z.object({ code: z.string(), message: z.string() }).optional(),
    })
    .optional(),
  /** The run that others may have to wait for: the last that was started, but by a person who wanted it at once. */
  runBefore: z.string().optional(),
  /** `missed`: longer ago than is made up for; `skipped`: the run before still went on; `paused`: nobody wanted it. */
  counts: z.object({
    fired: z.int(),
    refused: z.int(),
    skipped: z.int(),
    missed: z.int(),
    paused: z.int(),
  }),
});
export type ScheduleState = z.output<typeof ScheduleState>;
