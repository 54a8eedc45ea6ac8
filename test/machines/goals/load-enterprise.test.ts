// enterprise.yaml: what it says, and where it is wrong. The schema for editors is generated:
// `npx vitest run test/machines/goals/load-enterprise.test.ts -u` writes definitions/enterprise.schema.json.
import { expect, test } from 'vitest';
import {
  departmentSchema,
  goalSchema,
  kpiSchema,
  teamSchema,
} from '../../../machines/goals/enterprise-schema.ts';
import { enterpriseJsonSchema, loadEnterprise } from '../../../machines/goals/load-enterprise.ts';

const load = (content: string) => loadEnterprise({ file: 'enterprise.yaml', content });

/** `line:column code: message` of each problem. */
function problems(content: string): readonly string[] {
  const loaded = load(content);

  return loaded.ok
    ? []
    : loaded.problems.map(({ line, column, code, message }) => `${line}:${column} ${code}: ${message}`);
}

test('goals, departments, teams and KPIs are read with what they leave out', () => {
  const loaded = load(`
name: 3OX
goals:
  growth: { target: 50000, kpi: revenue, due: 2026-12-31, departments: finance }
  pipeline: { parent: growth, kpi: revenue, target: 1 }
departments: [{ name: finance, owner: ida, budget: { amount: 12000, spent: revenue } }]
teams:
  analysts: { department: finance, skills: valuation }
kpis:
  revenue: { measure: sum, value: output.amount, runs: { goal: growth, definition: "sale*" }, period: month }
`);
  expect(loaded).toMatchObject({
    ok: true,
    name: '3OX',
    goals: [{ name: 'growth', departments: ['finance'], due: '2026-12-31' }, { parent: 'growth' }],
    departments: [{ owner: 'ida', budget: { amount: 12_000, period: 'year', spent: 'revenue' } }],
    teams: [{ agents: [], skills: ['valuation'] }],
    kpis: [
      {
        better: 'higher',
        // Runs that serve a part of a goal serve the goal.
        rule: { measure: 'sum', goals: ['growth', 'pipeline'], definitions: ['sale*'], period: 'month' },
      },
    ],
  });
});

test('everything that is wrong is said with its line, its column and what was likely meant', () => {
  expect(
    problems(`goals:
  growth: { target: 50000, kpi: revenu, departments: [finanse] }
  loop: { parent: loop, due: 2026-02-31 }
kpis:
  revenue: { measure: summ, period: month }
  leads: { measure: count, value: output.x, period: month, perid: day }
  cost: { measure: sum, value: "task.cost + ", period: day }
  rate: { measure: sum, period: day, value: input.x, goal: growth, team: none }
departments:
  finance: { owner: ida, budget: { amount: 1, period: fortnight } }
`),
  ).toEqual([
    '2:33 enterprise.unknown-name: there is no KPI "revenu"; did you mean "revenue"?',
    '2:54 enterprise.unknown-name: there is no department "finanse"; did you mean "finance"?',
    '3:19 enterprise.cycle: the goal loop would be a part of itself: loop is a part of it',
    '3:30 enterprise.bad-value: expected a day such as 2026-12-31, found "2026-02-31"',
    expect.stringMatching(/^5:23 enterprise\.\S+: expected count, sum.*found "summ"; did you mean "sum"\?/),
    expect.stringMatching(/^6:28 enterprise.contradiction: count takes no value of a run/),
    expect.stringMatching(/^6:60 enterprise.unknown-key: unknown key "perid"; did you mean "period"\?/),
    expect.stringMatching(/^7:\d+ enterprise.bad-expression/),
    expect.stringMatching(/^8:9 enterprise.bad-combination: the KPI rate stands in one place/),
    expect.stringMatching(
      /^8:45 enterprise.unknown-name: the expressions of a KPI know run and output, not "input"/,
    ),
    '8:74 enterprise.unknown-name: there is no team "none"; the teams are none',
    expect.stringMatching(/^10:\d+ enterprise\.\S+: expected hour, day, week, month, quarter, year/),
  ]);
});

test('a goal that nobody can measure is refused', () => {
  expect(problems('goals: { a: { target: 5 } }')).toEqual([
    expect.stringContaining('the target of the goal a is measured by no KPI; add kpi: <name>'),
  ]);
  expect(problems('goals: { a: { kpi: k } }\nkpis: { k: { measure: count, period: day } }')).toEqual([
    expect.stringContaining('has a KPI and no target'),
  ]);
});

test('the file in definitions/ is the schema of this version, and describes every key', async () => {
  const schema = enterpriseJsonSchema();
  await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot(
    '../../../definitions/enterprise.schema.json',
  );
  const definitions = schema['definitions'] as Record<
    string,
    { readonly properties: Record<string, { readonly description?: string }> }
  >;
  const kinds = { goal: goalSchema, department: departmentSchema, team: teamSchema, kpi: kpiSchema };
  for (const [kind, { shape }] of Object.entries(kinds))
    for (const key of Object.keys(shape))
      expect(definitions[kind]?.properties[key]?.description, `${kind}.${key}`).toBeDefined();
});
