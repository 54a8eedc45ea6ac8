import { domainOf } from '../../../machines/agents/actions.ts';
import type { Definition } from '../../../machines/definition.ts';
import type { Department, Enterprise, Goal, Kpi, Team } from '../../../machines/goals/enterprise.ts';
import { defined } from '../../../machines/language/defined.ts';
import { stratosLevels, stratosOf } from '../../../machines/stratos.ts';
import type { GoalNode } from '../../api/goals.ts';
import type { Agent } from '../../ports/work/agent-admin.ts';
import { type FoldedKpi, goalState, kpiCourse, kpiState } from './kpi-course.ts';

/** What the tree is made of. A KPI that cannot be read is an error. */
export type GoalSources = {
  readonly enterprise: Enterprise;
  readonly kpis: ReadonlyMap<string, FoldedKpi | Error>;
  readonly agents: readonly Pick<Agent, 'name' | 'department' | 'skills' | 'moved'>[];
  /** Those that are started when no version is named. */
  readonly definitions: readonly Pick<Definition, 'id' | 'labels'>[];
  readonly nowMs: number;
};

/** A node with what stands under it. */
type Branch = {
  readonly node: Omit<GoalNode, 'path' | 'parent' | 'depth'>;
  readonly below: readonly Branch[];
};

/** Goals with the departments that they cascade to, those with their teams, and all with their KPIs, in pre-order. */
export function goalTree(sources: GoalSources): readonly GoalNode[] {
  const { goals, departments, kpis } = sources.enterprise;
  const cascaded = new Set(goals.flatMap((goal) => goal.departments));
  const top = [
    ...goals.filter(({ parent }) => parent === undefined).map((goal) => goalBranch(sources, goal)),
    ...departments.filter(({ name }) => !cascaded.has(name)).map((each) => departmentBranch(sources, each)),
    ...kpis
      .filter((kpi) => placeOf(sources.enterprise, kpi) === undefined)
      .map((kpi) => kpiBranch(sources, kpi)),
  ];

  return top.flatMap((branch) => placed(branch, undefined));
}

function placed({ node, below }: Branch, parent: GoalNode | undefined): readonly GoalNode[] {
  const own = `${node.kind}:${node.name}`;
  const at = defined({
    path: parent === undefined ? own : `${parent.path}/${own}`,
    parent: parent?.path,
    depth: parent === undefined ? 0 : parent.depth + 1,
    ...node,
  });

  return [at, ...below.flatMap((each) => placed(each, at))];
}

function goalBranch(sources: GoalSources, goal: Goal): Branch {
  const { enterprise } = sources;
  const { name, title = name, description, due } = goal;
  const parts = enterprise.goals
    .filter(({ parent }) => parent === name)
    .map((each) => goalBranch(sources, each));
  const owners = enterprise.departments.filter((each) => goal.departments.includes(each.name));
  const measured = measuredBy(sources, goal);
  const shares = parts.flatMap(({ node }) => node.progress ?? []);
  const mean =
    shares.length === 0
      ? {}
      : { progress: shares.reduce((sum, each) => sum + Math.min(1, each), 0) / parts.length };
  const state = goal.kpi === undefined ? mean : measured;

  return {
    node: defined({ kind: 'goal' as const, name, title, description, due, ...state }),
    below: [
      ...parts,
      ...owners.map((each) => departmentBranch(sources, each)),
      ...kpisAt(sources, `goal:${name}`),
    ],
  };
}

function measuredBy({ enterprise, kpis, nowMs }: GoalSources, goal: Goal) {
  const kpi = enterprise.kpis.find(({ name }) => name === goal.kpi);
  const fold = kpis.get(goal.kpi ?? '');
  if (kpi === undefined || fold === undefined) return {};
  if (fold instanceof Error) return { problem: fold.message };

  return goalState(goal, kpiCourse(kpi, fold, nowMs));
}

function departmentBranch(sources: GoalSources, { name, title = name, owner, budget }: Department): Branch {
  const fold = sources.kpis.get(budget?.spent ?? '');
  const spender = sources.enterprise.kpis.find((kpi) => kpi.name === budget?.spent);
  const spent =
    fold === undefined || fold instanceof Error || spender === undefined
      ? undefined
      : kpiCourse(spender, fold, sources.nowMs);
  const teams = sources.enterprise.teams.filter(({ department }) => department === name);
  const agents = sources.agents.filter(({ department }) => department === name).map((agent) => agent.name);

  return {
    node: defined({
      kind: 'department' as const,
      name,
      title,
      owner,
      agents,
      definitions: [...definitionsOf(sources, name)],
      budget: budget && defined({ ...budget, spent: spent?.fold.valueIn(spent.now).value ?? undefined }),
    }),
    below: [...teams.map((team) => teamBranch(sources, team)), ...kpisAt(sources, `department:${name}`)],
  };
}

/** The highest STRATOS level first, and what has none at the end. */
function definitionsOf(
  { definitions }: GoalSources,
  department: string,
): readonly NonNullable<GoalNode['definitions']>[number][] {
  const own = definitions
    .filter((each) => (each.labels['department'] ?? domainOf(each)) === department)
    .map((each) => defined({ id: each.id, stratos: stratosOf(each) }));

  return [...stratosLevels, undefined].flatMap((level) => own.filter(({ stratos }) => stratos === level));
}

function teamBranch(sources: GoalSources, team: Team): Branch {
  const { name, title = name, skills } = team;

  return {
    node: { kind: 'team', name, title, skills: [...skills], agents: [...membersOf(team, sources.agents)] },
    below: kpisAt(sources, `team:${name}`),
  };
}

/**
 * Those who are named, and those of the department with all of its skills; where it says neither, all of these. Who
 * was moved is where that was to.
 */
function membersOf(
  { name, agents, skills, department }: Team,
  known: GoalSources['agents'],
): readonly string[] {
  const fitting = known.filter((agent) => {
    if (agent.moved !== undefined) return agent.moved.team === name;
    const isAsked = skills.length > 0 || agents.length === 0;
    return (
      isAsked && agent.department === department && skills.every((skill) => agent.skills.includes(skill))
    );
  });

  const elsewhere = new Set(
    known.flatMap((agent) => (agent.moved === undefined || agent.moved.team === name ? [] : [agent.name])),
  );
  const named = agents.filter((each) => !elsewhere.has(each));

  return [...new Set([...named, ...fitting.map((agent) => agent.name)])];
}

function kpisAt(sources: GoalSources, place: string): readonly Branch[] {
  const { enterprise } = sources;

  return enterprise.kpis
    .filter((kpi) => placeOf(enterprise, kpi) === place)
    .map((kpi) => kpiBranch(sources, kpi));
}

/** Where it says so; else under the first goal whose progress is taken from it. */
function placeOf({ goals }: Enterprise, { name, goal, department, team }: Kpi): string | undefined {
  if (team !== undefined) return `team:${team}`;
  if (department !== undefined) return `department:${department}`;
  const measured = goal ?? goals.find(({ kpi }) => kpi === name)?.name;

  return measured === undefined ? undefined : `goal:${measured}`;
}

function kpiBranch({ kpis, nowMs }: GoalSources, kpi: Kpi): Branch {
  const { name, title = name, description } = kpi;
  const fold = kpis.get(name);
  const state =
    fold instanceof Error
      ? { problem: fold.message }
      : fold === undefined
        ? {}
        : kpiState(kpiCourse(kpi, fold, nowMs));

  return { node: defined({ kind: 'kpi' as const, name, title, description, ...state }), below: [] };
}
