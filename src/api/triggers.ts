import { z } from 'zod';
import { PageQuery, pageSchema } from './page.ts';
import { TriggerRow } from './people.ts';

/** Which triggers are asked for. */
export const TriggerQuery = PageQuery.extend({ type: z.enum(['event', 'cron', 'file']).optional() });
export type TriggerQuery = z.input<typeof TriggerQuery>;

export const TriggerList = pageSchema(TriggerRow);
export type TriggerList = z.output<typeof TriggerList>;

/**
 * Which trigger is meant; without `definition`, the only one of that name. `kind` `schedule`: nothing but a schedule is
 * meant.
 */
export const TriggerNamed = z.object({
  definition: z.string().min(1).max(200).optional(),
  trigger: z.string().min(1).max(300),
  kind: z.enum(['trigger', 'schedule']).optional(),
});
export type TriggerNamed = z.output<typeof TriggerNamed>;

/** `attended`: an engine is there that starts it now. */
export const RunAsked = z.object({ run: z.string(), attended: z.boolean() });
export type RunAsked = z.output<typeof RunAsked>;

/**
 * The runs of a schedule for times that have passed, `from` and `to` as days, which last until their end, or times.
 * Without an offset of their own they are those of its time zone.
 */
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
