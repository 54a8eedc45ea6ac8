import type { z } from 'zod';
import { canonicalJson } from '../../../events/canonical-json.ts';
import { defined } from '../../../machines/language/defined.ts';
import { GoalCheck, GoalNamed, type GoalNode, GoalReport, GoalsQuery, GoalTree } from '../../api/goals.ts';
import type { goalOperations } from '../../api/operations/goals.ts';
import { messageOf } from '../../lib/text.ts';
import { type GoalSources, goalTree } from '../../projections/goals/goal-tree.ts';
import { type FoldedKpi, kpiCourse, kpiPeriods } from '../../projections/goals/kpi-course.ts';
import { knownDefinitionsOf } from '../definitions/known-definitions.ts';
import { type OperationPorts, RequestRefused, type UseCasesOf, useCase } from '../use-case.ts';

export const goalUseCases = {
  list: useCase(GoalsQuery, GoalTree, async (ports) => {
    const sources = await sourcesOf(ports);

    return defined({ name: sources.enterprise.name, items: [...goalTree(sources)] });
  }),
  show: useCase(GoalNamed, GoalReport, shown),
  verify: useCase(GoalsQuery, GoalCheck, verified),
} satisfies UseCasesOf<typeof goalOperations>;

async function sourcesOf(ports: OperationPorts): Promise<GoalSources> {
  const { goals, agents, clock } = ports;
  const enterprise = await goals.enterprise();
  const known =
    enterprise.departments.length === 0 ? [] : [...(await knownDefinitionsOf(ports).all()).values()];
  const kpis = await Promise.all(
    enterprise.kpis.map(async ({ name }): Promise<readonly [string, FoldedKpi | Error]> => {
      return [name, await goals.kpi(name).catch((error: unknown) => new Error(messageOf(error)))];
    }),
  );

  return {
    enterprise,
    kpis: new Map(kpis),
    agents: agents.agents(),
    definitions: known.flatMap(({ shown }) => shown.loaded?.definition ?? []),
    nowMs: clock.now(),
  };
}

async function shown(ports: OperationPorts, asked: z.output<typeof GoalNamed>): Promise<GoalReport> {
  const sources = await sourcesOf(ports);
  const tree = goalTree(sources);
  const node = nodeCalled(tree, asked.name);
  const children = tree.filter(({ parent }) => parent === node.path);
  const { enterprise, kpis, nowMs } = sources;
  const measured =
    node.kind === 'goal' ? enterprise.goals.find(({ name }) => name === node.name)?.kpi : undefined;
  const kpi = enterprise.kpis.find(({ name }) => name === (node.kind === 'kpi' ? node.name : measured));
  const fold = kpis.get(kpi?.name ?? '');
  if (kpi === undefined || fold === undefined || fold instanceof Error)
    return { node, children, periods: [], runs: [], runsTotal: 0 };
  const runs = [...fold.runs()].filter(({ period }) => asked.period === undefined || period === asked.period);

  return {
    node,
    children,
    kpi: kpi.name,
    periods: kpiPeriods(kpiCourse(kpi, fold, nowMs)),
    runs: runs.sort((a, b) => (a.at < b.at ? 1 : -1)).slice(0, asked.limit),
    runsTotal: runs.length,
  };
}

/** Throws RequestRefused. */
function nodeCalled(tree: readonly GoalNode[], name: string): GoalNode {
  const called = tree.filter((node) => [node.name, `${node.kind}:${node.name}`, node.path].includes(name));
  const kinds = [...new Set(called.map((node) => `${node.kind}:${node.name}`))];
  const [first] = called;
  if (first !== undefined && kinds.length === 1) return first;
  if (first !== undefined) {
    const message = `several are called ${name}: ${kinds.join(', ')}`;
    throw new RequestRefused({ code: 'goal.ambiguous', message }, `workflow goals show ${kinds[0]}`);
  }
  const known = [...new Set(tree.map((node) => node.name))].join(', ') || 'none: there is no enterprise.yaml';
  const message = `enterprise.yaml has nothing called ${name}; there is ${known}`;

  throw new RequestRefused({ code: 'goal.not-found', message }, 'workflow goals list');
}

/** Up to where each was measured: what has happened since is none of its mistakes. */
async function verified({ goals }: OperationPorts): Promise<z.input<typeof GoalCheck>> {
  const { kpis } = await goals.enterprise();
  const stored = await Promise.all(
    kpis.map(async ({ name, rule }) => {
      const fold = await goals.kpi(name).catch((error: unknown) => messageOf(error));
      const isBegun = typeof fold !== 'string' && canonicalJson(fold.rule() ?? null) === canonicalJson(rule);
      return {
        name,
        fold: isBegun ? fold : undefined,
        problem: typeof fold === 'string' ? fold : notMeasured,
      };
    }),
  );
  const anew = await goals.recomputed((kpi) => stored.find(({ name }) => name === kpi)?.fold?.upTo() ?? 0);
  const rows = stored.map(({ name, fold, problem }) => {
    if (fold === undefined) return { kpi: name, same: false, periods: 0, runs: 0, upTo: 0, problem };
    const upTo = fold.upTo();
    const same = textOf(fold) === textOf(anew.get(name));
    return { kpi: name, same, periods: fold.values().length, runs: [...fold.runs()].length, upTo };
  });

  return { ok: rows.every(({ same }) => same), kpis: rows };
}

const notMeasured = 'not measured yet: an engine that serves does that';

function textOf(fold: FoldedKpi | undefined): string {
  const values = fold?.values().filter(({ runs }) => runs > 0);
  const runs = [...(fold?.runs() ?? [])].map((each) => canonicalJson(each)).sort();

  return canonicalJson({ values: values ?? [], runs });
}
