import { z } from 'zod';
import { KpiContribution, KpiPeriod, KpiValue } from '../../events/kpi-events.ts';

const budget = z.object({
  amount: z.number(),
  unit: z.string().optional(),
  period: KpiPeriod,
  /** In the period that is under way. */
  spent: z.number().optional(),
});

/** A goal, a department, a team or a KPI where it stands in the tree. */
export const GoalNode = z.object({
  /** The names from the top of the tree down to it, such as `goal:growth/department:finance`. */
  path: z.string(),
  /** The path of what it stands under; absent at the top. */
  parent: z.string().optional(),
  depth: z.int(),
  kind: z.enum(['goal', 'department', 'team', 'kpi']),
  name: z.string(),
  title: z.string(),
  description: z.string().optional(),
  /** Of the period that is under way; of a goal: from its beginning until now. */
  value: z.number().optional(),
  target: z.number().optional(),
  unit: z.string().optional(),
  better: z.enum(['higher', 'lower']).optional(),
  /** The part of the target that is reached: 1 where all of it is. */
  progress: z.number().optional(),
  trend: z.enum(['up', 'down', 'flat']).optional(),
  /** What the value will be at the end of the period, or when the goal is due, if it goes on like this. */
  forecast: z.number().optional(),
  isOnTrack: z.boolean().optional(),
  /** How many periods in a row have missed the target, up to the last one that is over. */
  missed: z.int().optional(),
  period: z.string().optional(),
  due: z.string().optional(),
  owner: z.string().optional(),
  budget: budget.optional(),
  /** Who is in it. */
  agents: z.array(z.string()).optional(),
  skills: z.array(z.string()).optional(),
  /** Of a department: the definitions that belong to it, each with its STRATOS level. */
  definitions: z
    .array(z.object({ id: z.string(), stratos: z.enum(['strategic', 'tactical', 'operational']).optional() }))
    .optional(),
  /** Why it cannot be measured. */
  problem: z.string().optional(),
});
export type GoalNode = z.output<typeof GoalNode>;

/** The tree from the top, each node before those that stand under it. */
export const GoalTree = z.object({ name: z.string().optional(), items: z.array(GoalNode) });
export type GoalTree = z.output<typeof GoalTree>;

export const GoalsQuery = z.object({});
export type GoalsQuery = z.output<typeof GoalsQuery>;

const KpiPeriodRow = KpiValue.extend({
  from: z.string(),
  to: z.string(),
  isOver: z.boolean(),
  /** What the line through the periods before says of it. */
  forecast: z.number().optional(),
});

/** One node of the tree, with what it is measured by. */
export const GoalReport = z.object({
  node: GoalNode,
  /** What stands right under it. */
  children: z.array(GoalNode),
  /** The KPI that it is measured by. */
  kpi: z.string().optional(),
  /** The oldest first, up to the one after the one under way. */
  periods: z.array(KpiPeriodRow),
  /** The runs that count, the latest first. */
  runs: z.array(KpiContribution),
  /** How many there are. */
  runsTotal: z.int(),
});
export type GoalReport = z.output<typeof GoalReport>;

/** `name` is of a goal, a department, a team or a KPI; `goal:growth` where several are called so. */
export const GoalNamed = z.object({
  name: z.string().min(1),
  period: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(50),
});
export type GoalNamed = z.input<typeof GoalNamed>;

/** Whether what was measured is what the runs in the journal give. */
export const GoalCheck = z.object({
  ok: z.boolean(),
  kpis: z.array(
    z.object({
      kpi: z.string(),
      same: z.boolean(),
      /** How many periods and runs were compared. */
      periods: z.int(),
      runs: z.int(),
      upTo: z.int(),
      problem: z.string().optional(),
    }),
  ),
});
export type GoalCheck = z.output<typeof GoalCheck>;
