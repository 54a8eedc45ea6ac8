import { z } from 'zod';
import { kpiMeasures, kpiPeriods } from '../../events/kpi-events.ts';
import { writtenTime } from '../due-time.ts';
import {
  choice,
  expected,
  expression,
  filled,
  id,
  oneOrMany,
  strict,
  text,
} from '../language/schema/shapes.ts';

const name = () =>
  id().describe('What it is called elsewhere in this file: lower-case letters, digits, _ and -.');
const title = () => text().optional().describe('What people read. Default: the name.');
const description = () => text().optional().describe('For people.');
const amount = () => z.number({ error: expected('a number') });
const unit = () => filled('a unit').optional().describe('What it is counted in, such as USD, leads or %.');
const day = () =>
  filled('a day').refine(
    (value) => /^\d{4}-\d{2}-\d{2}$/.test(value) && writtenTime(value)?.slice(0, 10) === value,
    {
      error: ({ input }) => `expected a day such as 2026-12-31, found ${JSON.stringify(input)}`,
    },
  );
const names = (what: string) => oneOrMany(filled(what), `${what} or a list of them`);

export const goalSchema = strict({
  name: name(),
  title: title(),
  description: description(),
  parent: filled('a goal').optional().describe('The goal that it is a part of.'),
  departments: names('a department').optional().describe('The departments that it cascades to.'),
  kpi: filled('a KPI')
    .optional()
    .describe('The KPI that its progress is taken from. Default: the mean progress of its parts.'),
  target: amount().optional().describe('What the KPI has to reach by the due date.'),
  unit: unit(),
  from: day().optional().describe('The day from which on values count. Default: from the first run on.'),
  due: day().optional().describe('The day by the end of which it is to be reached.'),
});

const budgetSchema = strict({
  amount: amount().describe('What may be spent in each period.'),
  unit: unit(),
  period: choice(kpiPeriods).optional().describe('How often it is given anew. Default year.'),
  spent: filled('a KPI').optional().describe('The KPI that says what is spent of it.'),
});

export const departmentSchema = strict({
  name: name().describe('As the label department of definitions and agents.yaml have it.'),
  title: title(),
  owner: filled('a name').optional().describe('Who answers for it: a principal, or any name.'),
  budget: budgetSchema.optional().describe('What it may spend.'),
});

export const teamSchema = strict({
  name: name(),
  title: title(),
  department: filled('a department').describe('The department that it is a part of.'),
  agents: names('an agent').optional().describe('Who is in it, by the names of agents.yaml.'),
  skills: names('a skill')
    .optional()
    .describe('Those agents of the department are in it, too, that have all of these skills.'),
});

const runsSchema = strict({
  definition: names('a definition id, with * for any characters')
    .optional()
    .describe('Only runs of these definitions.'),
  department: names('a department')
    .optional()
    .describe('Only runs of definitions with the label department: one of these.'),
  goal: names('a goal')
    .optional()
    .describe('Only runs of definitions with the label serves: one of these goals, or a part of one.'),
});

export const kpiSchema = strict({
  name: name(),
  title: title(),
  description: description(),
  goal: filled('a goal').optional().describe('The goal that it stands under in the tree.'),
  department: filled('a department').optional().describe('The department that it stands under.'),
  team: filled('a team').optional().describe('The team that it stands under.'),
  measure: choice(kpiMeasures).describe('What becomes of the values of single runs.'),
  value: expression()
    .optional()
    .describe('CEL over run and output: what a run counts for. sum needs it. Default run.seconds.'),
  when: expression()
    .optional()
    .describe('CEL over run and output: whether a run counts. Default: if it completed.'),
  runs: runsSchema.optional().describe('Which runs count. Default all.'),
  period: choice(kpiPeriods).describe('In which spans of time it is measured, in UTC.'),
  target: amount().optional().describe('What each period has to reach.'),
  better: choice(['higher', 'lower']).optional().describe('Which values are good. Default higher.'),
  unit: unit(),
});
