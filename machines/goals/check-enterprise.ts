import type { z } from 'zod';
import type { Entry } from '../agents/read-entries.ts';
import { compileCondition, compileExpression } from '../expressions/condition.ts';
import type { Finding } from '../language/finding.ts';
import { suggest } from '../language/suggest.ts';
import type { Path } from '../language/text/yaml-node.ts';
import { goalsUnder } from './enterprise.ts';
import type { departmentSchema, goalSchema, kpiSchema, teamSchema } from './enterprise-schema.ts';
import { kpiNames, takesValue } from './kpi-rule.ts';

type Entries = {
  readonly goals: readonly Entry<z.output<typeof goalSchema>>[];
  readonly departments: readonly Entry<z.output<typeof departmentSchema>>[];
  readonly teams: readonly Entry<z.output<typeof teamSchema>>[];
  readonly kpis: readonly Entry<z.output<typeof kpiSchema>>[];
};

/** The names of all entries, also of those with something wrong in them. */
type WrittenNames = Readonly<Record<keyof Entries, readonly string[]>>;

/** What the schemas of single entries cannot say: that names exist, that goals end, that expressions can be read. */
export function enterpriseFindings(entries: Entries, written: WrittenNames): readonly Finding[] {
  return [...nameFindings(entries, written), ...goalFindings(entries), ...entries.kpis.flatMap(kpiFindings)];
}

type Named = { readonly value: string | undefined; readonly path: Path; readonly of: keyof Entries };
const words = { goals: 'goal', departments: 'department', teams: 'team', kpis: 'KPI' } as const;

function nameFindings(entries: Entries, written: WrittenNames): readonly Finding[] {
  const named: readonly Named[] = [
    ...entries.goals.flatMap(({ value, path }) => [
      { value: value.parent, path: [...path, 'parent'], of: 'goals' as const },
      { value: value.kpi, path: [...path, 'kpi'], of: 'kpis' as const },
      ...listed(value.departments, [...path, 'departments'], 'departments'),
    ]),
    ...entries.departments.map(({ value, path }) => {
      return { value: value.budget?.spent, path: [...path, 'budget', 'spent'], of: 'kpis' as const };
    }),
    ...entries.teams.map(({ value, path }) => {
      return { value: value.department, path: [...path, 'department'], of: 'departments' as const };
    }),
    ...entries.kpis.flatMap(({ value, path }) => [
      { value: value.goal, path: [...path, 'goal'], of: 'goals' as const },
      { value: value.department, path: [...path, 'department'], of: 'departments' as const },
      { value: value.team, path: [...path, 'team'], of: 'teams' as const },
      ...listed(value.runs?.goal, [...path, 'runs', 'goal'], 'goals'),
      ...listed(value.runs?.department, [...path, 'runs', 'department'], 'departments'),
    ]),
  ];

  return named.flatMap(({ value, path, of }) => {
    const known = written[of];
    if (value === undefined || known.includes(value)) return [];
    const meant = suggest(value, known);
    const hint =
      meant === undefined
        ? `; the ${words[of]}s are ${known.join(', ') || 'none'}`
        : `; did you mean "${meant}"?`;
    return [{ code: 'definition.unknown-name', message: `there is no ${words[of]} "${value}"${hint}`, path }];
  });
}

/** One name stands where a list might, too. */
function listed(values: readonly string[] = [], path: Path, of: keyof Entries): readonly Named[] {
  return values.map((value, index) => ({ value, path: values.length === 1 ? path : [...path, index], of }));
}

function goalFindings({ goals, kpis }: Entries): readonly Finding[] {
  const plain = goals.map(({ value: { name, parent } }) =>
    parent === undefined ? { name } : { name, parent },
  );

  return goals.flatMap(({ value: { name, parent, kpi, target, from, due }, path }) => {
    const findings: Finding[] = [];
    if (parent !== undefined && goalsUnder(plain, name).includes(parent)) {
      const message = `the goal ${name} would be a part of itself: ${parent} is a part of it`;
      findings.push({ code: 'definition.cycle', message, path: [...path, 'parent'] });
    }
    const own = kpis.find(({ value }) => value.name === kpi);
    if (kpi !== undefined && own !== undefined && target === undefined) {
      const message = `the goal ${name} has a KPI and no target, so nobody can say how far it is; add target: <number>`;
      findings.push({ code: 'definition.missing-key', message, path });
    }
    if (kpi === undefined && target !== undefined) {
      const message = `the target of the goal ${name} is measured by no KPI; add kpi: <name>`;
      findings.push({ code: 'definition.missing-key', message, path });
    }
    if (from !== undefined && due !== undefined && from > due) {
      const message = `the goal ${name} is due before it begins on ${from}`;
      findings.push({ code: 'definition.contradiction', message, path: [...path, 'due'] });
    }
    return findings;
  });
}

function kpiFindings({ value: kpi, path }: Entry<z.output<typeof kpiSchema>>): readonly Finding[] {
  const { name, measure, value, when, goal, department, team } = kpi;
  const findings: Finding[] = [];
  if (measure === 'sum' && value === undefined) {
    const message = `the KPI ${name} sums up nothing; add value: <expression>, such as output.amount`;
    findings.push({ code: 'definition.missing-key', message, path });
  }
  if (!takesValue(measure) && value !== undefined) {
    const message = `${measure} takes no value of a run; leave value out, or use measure: sum`;
    findings.push({ code: 'definition.contradiction', message, path: [...path, 'value'], at: 'key' });
  }
  if ([goal, department, team].filter((each) => each !== undefined).length > 1) {
    const message = `the KPI ${name} stands in one place of the tree; name a goal, a department or a team`;
    findings.push({ code: 'definition.bad-combination', message, path });
  }

  return [
    ...findings,
    ...expressionFindings(value, compileExpression, [...path, 'value']),
    ...expressionFindings(when, compileCondition, [...path, 'when']),
  ];
}

function expressionFindings(
  source: string | undefined,
  compile: typeof compileCondition | typeof compileExpression,
  path: Path,
): readonly Finding[] {
  if (source === undefined) return [];
  const compiled = compile(source);
  if (!compiled.ok) {
    return compiled.problems.map(({ message, offset }) => ({
      code: 'definition.bad-expression',
      message,
      path,
      within: { start: offset, end: offset + 1 },
    }));
  }
  const { references } = 'condition' in compiled ? compiled.condition : compiled.expression;

  return references.flatMap(({ path: [first = ''] }) => {
    if (kpiNames.includes(first)) return [];
    const message = `the expressions of a KPI know ${kpiNames.join(' and ')}, not "${first}"`;
    return [{ code: 'definition.unknown-name', message, path }];
  });
}
