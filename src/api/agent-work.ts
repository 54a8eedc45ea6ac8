import { z } from 'zod';
import { pageSchema } from './page.ts';
import { AgentRow } from './people.ts';

/** ISO 8601, UTC. */
const time = z.string();

/** One attempt of an agent at a task. */
export const AgentAct = z.object({
  run: z.string(),
  shortId: z.string(),
  definition: z.object({ id: z.string(), version: z.int() }),
  /** Its address. */
  task: z.string(),
  attempt: z.int(),
  worker: z.string().optional(),
  from: time,
  /** Absent while it lasts. */
  to: time.optional(),
  /** How it ended: `completed`, `failed`, `timed_out`, `cancelled` ... */
  outcome: z.string().optional(),
});
export type AgentAct = z.output<typeof AgentAct>;

/** What an agent did. Attempts that failed include those that ran out of time. */
export const AgentWork = z.object({
  agent: z.string(),
  lastDay: z.object({ completed: z.int(), failed: z.int() }),
  /** What it began last. */
  latest: AgentAct.optional(),
});
export type AgentWork = z.output<typeof AgentWork>;

/** The histories of the runs that changed last are read for it: `read`, of all there are. */
const Read = z.object({ read: z.int(), of: z.int() });

export const AgentWorkList = Read.extend(pageSchema(AgentWork).shape);
export type AgentWorkList = z.output<typeof AgentWorkList>;

export const AgentPage = Read.extend({
  agent: AgentRow,
  work: AgentWork,
  /** At most 100, the one that began last first. */
  acts: z.array(AgentAct),
});
export type AgentPage = z.output<typeof AgentPage>;
