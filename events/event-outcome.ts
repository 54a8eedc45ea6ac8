import { z } from 'zod';
import { CloudEvent } from './cloud-event.ts';

/**
 * What one definition, or one run, made of an event that came in. `already`: the run had been started by an event with
 * the same key; `held`: it waits, and says for what. `ignored` and `refused` tell why by a stable code and a sentence.
 */
export const EventEffect = z.object({
  kind: z.enum(['started', 'already', 'held', 'woke', 'decided', 'ignored', 'refused']),
  definition: z.string().optional(),
  trigger: z.string().optional(),
  run: z.string().optional(),
  task: z.string().optional(),
  code: z.string().optional(),
  message: z.string().optional(),
});
export type EventEffect = z.output<typeof EventEffect>;

/** The code of an effect `woke` where the definition of the run has it cancelled by such an event. */
export const cancelledCode = 'run.cancelled';

/**
 * What became of an event that came in. `taken`: somebody wanted it; `ignored`: nobody did; `refused`: those who
 * wanted it could not have it; `dead`: it cannot be read. `position` is its place among all events of the namespace.
 */
export const EventOutcome = z.object({
  position: z.int().positive(),
  /** When it was dealt with: ISO 8601, UTC. */
  at: z.string(),
  status: z.enum(['taken', 'ignored', 'refused', 'dead']),
  /** The type that its subject says. */
  type: z.string(),
  /** Who published it, where the server vouches for that. */
  by: z.string().optional(),
  event: CloudEvent.optional(),
  /** Of one that cannot be read: its text, as far as it is kept. */
  text: z.string().optional(),
  effects: z.array(EventEffect),
});
export type EventOutcome = z.output<typeof EventOutcome>;
