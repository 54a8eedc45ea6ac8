import { z } from 'zod';
import { TriggerRow } from './people.ts';

export const TriggerList = z.object({ triggers: z.array(TriggerRow) });
export type TriggerList = z.output<typeof TriggerList>;

/** Which trigger is meant. */
export const TriggerNamed = z.object({
  definition: z.string().min(1).max(200),
  trigger: z.string().min(1).max(300),
});
export type TriggerNamed = z.output<typeof TriggerNamed>;

/** The runs of a schedule for times that have passed, from and to as days or times. */
export const BackfillRequest = z.object({
  from: z.string(),
  to: z.string().optional(),
  dryRun: z.boolean().default(false),
});
export type BackfillRequest = z.input<typeof BackfillRequest>;

export const BackfillReport = z.object({
  dryRun: z.boolean(),
  ticks: z.array(z.string()),
  /** Of a dry run: those whose run was started already, or waits to be. They are not started again. */
  there: z.array(z.string()).optional(),
});
export type BackfillReport = z.output<typeof BackfillReport>;
