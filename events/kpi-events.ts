import { z } from 'zod';

/** The spans of time that KPIs are measured in, in UTC. */
export const kpiPeriods = ['hour', 'day', 'week', 'month', 'quarter', 'year'] as const;
export const KpiPeriod = z.enum(kpiPeriods);
export type KpiPeriod = z.output<typeof KpiPeriod>;

/** How the values of single runs become the value of a period. */
export const kpiMeasures = [
  ...(['count', 'sum', 'average', 'min', 'max'] as const),
  ...(['success_rate', 'p50', 'p90', 'p95', 'p99'] as const),
] as const;
export const KpiMeasure = z.enum(kpiMeasures);
export type KpiMeasure = z.output<typeof KpiMeasure>;

/** All that the value of a KPI follows from, besides runs. One that differs is measured anew from the first run on. */
export const KpiRule = z.object({
  measure: KpiMeasure,
  /** CEL: what one run counts for. */
  value: z.string().optional(),
  /** CEL: whether a run counts. */
  when: z.string().optional(),
  /** Only runs of these; `goals` are those that definitions say they serve. */
  definitions: z.array(z.string()).optional(),
  departments: z.array(z.string()).optional(),
  goals: z.array(z.string()).optional(),
  period: KpiPeriod,
});
export type KpiRule = z.output<typeof KpiRule>;

/**
 * What one run counts for from now on. Without `value` it counts no more, or could not be measured: then `problem` says
 * why. A run that ended, went on and ended again is there twice: what comes last counts.
 */
export const KpiContribution = z.object({
  run: z.string(),
  /** The event of the run that ended it. */
  sequence: z.int().positive(),
  definition: z.string(),
  /** When the run ended: ISO 8601, UTC. */
  at: z.string(),
  /** The name of the period that it ended in, such as `2026-11`. */
  period: z.string(),
  value: z.number().optional(),
  problem: z.string().optional(),
});
export type KpiContribution = z.output<typeof KpiContribution>;

/** The value of a KPI in a period; null where no run gives one. */
export const KpiValue = z.object({ period: z.string(), value: z.number().nullable(), runs: z.int() });
export type KpiValue = z.output<typeof KpiValue>;

/** The ends of runs behind position `after` of the journal, up to `upTo`, changed these values. */
export const KpiMeasured = z.object({
  rule: KpiRule,
  after: z.int().nonnegative(),
  upTo: z.int().nonnegative(),
  runs: z.array(KpiContribution),
  values: z.array(KpiValue),
});
export type KpiMeasured = z.output<typeof KpiMeasured>;

/** A period is over. `missed` counts how many in a row have missed the target by now; 0 where this one has not. */
export const KpiPeriodClosed = KpiValue.extend({
  target: z.number().optional(),
  better: z.enum(['higher', 'lower']),
  missed: z.int().nonnegative(),
});
export type KpiPeriodClosed = z.output<typeof KpiPeriodClosed>;

const envelope = {
  specversion: z.literal('1.0'),
  id: z.string(),
  source: z.string(),
  /** The name of the KPI. */
  subject: z.string(),
  time: z.string(),
  datacontenttype: z.literal('application/json'),
  sequence: z.int().positive(),
  previoushash: z.string(),
  hash: z.string(),
};

/**
 * One event of a KPI, in the stream of the journal: a CloudEvents 1.0 record. Its `sequence`, `previoushash` and `hash`
 * are as those of the records of a run.
 */
export const KpiRecord = z.discriminatedUnion('type', [
  z.object({ ...envelope, type: z.literal('kpi.measured'), data: KpiMeasured }),
  z.object({ ...envelope, type: z.literal('kpi.period-closed'), data: KpiPeriodClosed }),
]);
export type KpiRecord = z.output<typeof KpiRecord>;
export type KpiEvent =
  | { readonly type: 'kpi.measured'; readonly data: KpiMeasured }
  | { readonly type: 'kpi.period-closed'; readonly data: KpiPeriodClosed };

/** The type of the event that other definitions are started by, and of what it tells. */
export const kpiBelowTarget = 'kpi.below_target';
export const KpiBelowTarget = z.object({
  kpi: z.string(),
  title: z.string().optional(),
  period: z.string().describe('The period that is over, such as 2026-11.'),
  periods: z.int().positive().describe('How many periods in a row have missed the target by now.'),
  value: z.number(),
  target: z.number(),
  unit: z.string().optional(),
  goal: z.string().optional(),
  department: z.string().optional(),
  team: z.string().optional(),
});
export type KpiBelowTarget = z.output<typeof KpiBelowTarget>;
