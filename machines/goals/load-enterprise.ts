import type { z } from 'zod';
import type { Json } from '../../events/canonical-json.ts';
import {
  type Entry,
  entriesJsonSchema,
  entryJsonSchemas,
  readEntries,
  settingsJsonSchema,
} from '../agents/read-entries.ts';
import { defined } from '../language/defined.ts';
import type { Finding } from '../language/finding.ts';
import { type LoadedSettings, loadSettings } from '../language/load-settings.ts';
import { isMapping } from '../language/mapping.ts';
import { filled, strict } from '../language/schema/shapes.ts';
import { parseSalvaging } from '../language/text/salvage.ts';
import { enterpriseFindings } from './check-enterprise.ts';
import {
  type Department,
  type Enterprise,
  type Goal,
  goalsUnder,
  type Kpi,
  type Team,
} from './enterprise.ts';
import { departmentSchema, goalSchema, kpiSchema, teamSchema } from './enterprise-schema.ts';

const examples = {
  goal: { listed: '{name: growth, target: 50000, kpi: revenue}', keyed: '{target: 50000, kpi: revenue}' },
  department: { listed: '{name: finance, owner: ida}', keyed: '{owner: ida}' },
  team: { listed: '{name: analysts, department: finance}', keyed: '{department: finance}' },
  kpi: {
    listed: '{name: leads, measure: count, period: month}',
    keyed: '{measure: count, period: month}',
  },
};

type Report = (...findings: readonly Finding[]) => void;

/** The text of enterprise.yaml becomes what it says, or the list of all that is wrong. Never throws. */
export function loadEnterprise(options: {
  readonly file: string;
  readonly content: Uint8Array | string;
}): LoadedSettings<Enterprise> {
  const keys = ['name', 'goals', 'departments', 'teams', 'kpis'];

  return loadSettings({ ...options, keys, codes: 'enterprise', read });
}

function read(raw: Readonly<Record<string, Json>>, report: Report): Enterprise {
  const entries = <Schema extends z.ZodType<{ readonly name: string }>>(
    key: string,
    schema: Schema,
    kind: keyof typeof examples,
  ) =>
    readEntries({
      value: raw[key],
      path: [key],
      schema,
      what: kind === 'kpi' ? 'a KPI' : `a ${kind}`,
      example: examples[kind],
      report,
    });
  const goals = entries('goals', goalSchema, 'goal');
  const departments = entries('departments', departmentSchema, 'department');
  const teams = entries('teams', teamSchema, 'team');
  const kpis = entries('kpis', kpiSchema, 'kpi');
  const written = {
    goals: writtenNames(raw['goals']),
    departments: writtenNames(raw['departments']),
    teams: writtenNames(raw['teams']),
    kpis: writtenNames(raw['kpis']),
  };
  report(...enterpriseFindings({ goals, departments, teams, kpis }, written));
  const known = goals.map(({ value }) => defined(value));

  return {
    ...nameOf(raw['name'], report),
    goals: goals.map(goalOf),
    departments: departments.map(departmentOf),
    teams: teams.map(teamOf),
    kpis: kpis.map(({ value }) => kpiOf(value, known)),
  };
}

function writtenNames(raw: Json | undefined): readonly string[] {
  if (isMapping(raw)) return Object.keys(raw);
  if (!Array.isArray(raw)) return [];

  return (raw as readonly Json[]).flatMap((each) => {
    const name = isMapping(each) ? each['name'] : undefined;
    return typeof name === 'string' ? [name] : [];
  });
}

function nameOf(raw: Json | undefined, report: Report): { readonly name?: string } {
  if (raw === undefined || raw === null) return {};
  const parsed = parseSalvaging({
    schema: strict({ name: filled('a name') }),
    value: { name: raw },
    path: [],
  });
  report(...parsed.findings);

  return parsed.value ?? {};
}

function goalOf({ value }: Entry<z.output<typeof goalSchema>>): Goal {
  return defined({ ...value, departments: value.departments ?? [] });
}

function departmentOf({ value }: Entry<z.output<typeof departmentSchema>>): Department {
  const { budget, ...rest } = value;
  const given = budget && defined({ ...budget, period: budget.period ?? ('year' as const) });

  return defined({ ...rest, budget: given });
}

function teamOf({ value }: Entry<z.output<typeof teamSchema>>): Team {
  return defined({ ...value, agents: value.agents ?? [], skills: value.skills ?? [] });
}

function kpiOf(
  { measure, value, when, runs = {}, period, better = 'higher', ...rest }: z.output<typeof kpiSchema>,
  goals: readonly { readonly name: string; readonly parent?: string }[],
): Kpi {
  const { definition: definitions, department: departments, goal } = runs;
  const rule = defined({
    measure,
    value,
    when,
    definitions: definitions && [...definitions],
    departments: departments && [...departments],
    goals: goal && [...new Set(goal.flatMap((each) => goalsUnder(goals, each)))],
    period,
  });

  return defined({ ...rest, better, rule });
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The JSON Schema (draft-07) of enterprise.yaml, for editors. */
export function enterpriseJsonSchema(): JsonSchema {
  const kinds = { goal: goalSchema, department: departmentSchema, team: teamSchema, kpi: kpiSchema };

  return settingsJsonSchema({
    title: '3OX enterprise',
    description: 'What is to be reached, by which departments and teams, and how it is measured.',
    properties: {
      name: { type: 'string', description: 'What it is called.' },
      goals: entriesJsonSchema('goal', 'What is to be reached: a list, or a mapping by name.'),
      departments: entriesJsonSchema('department', 'Who answers for what: a list, or a mapping by name.'),
      teams: entriesJsonSchema('team', 'Which agents work together: a list, or a mapping by name.'),
      kpis: entriesJsonSchema('kpi', 'What is measured of runs: a list, or a mapping by name.'),
    },
    definitions: Object.assign(
      {},
      ...Object.entries(kinds).map(([kind, schema]) => entryJsonSchemas(kind, schema)),
    ),
  });
}
