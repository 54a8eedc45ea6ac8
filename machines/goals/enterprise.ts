import type { KpiPeriod, KpiRule } from '../../events/kpi-events.ts';

/** What a project is to reach, by when, and how that is measured, as enterprise.yaml says. */
export type Enterprise = {
  readonly name?: string;
  readonly goals: readonly Goal[];
  readonly departments: readonly Department[];
  readonly teams: readonly Team[];
  readonly kpis: readonly Kpi[];
};

export const noEnterprise: Enterprise = { goals: [], departments: [], teams: [], kpis: [] };

export type Goal = {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  /** The goal that it is a part of. */
  readonly parent?: string;
  /** The departments that it cascades to. */
  readonly departments: readonly string[];
  /** The KPI that its progress is taken from; without one, its progress is the mean of those of its parts. */
  readonly kpi?: string;
  readonly target?: number;
  readonly unit?: string;
  /** From this day on, and until the end of that one, values count: ISO 8601. */
  readonly from?: string;
  readonly due?: string;
};

export type Department = {
  readonly name: string;
  readonly title?: string;
  readonly owner?: string;
  readonly budget?: {
    readonly amount: number;
    readonly unit?: string;
    readonly period: KpiPeriod;
    /** The KPI that says what is spent of it. */
    readonly spent?: string;
  };
};

/** Who is in it follows from agents.yaml: these agents, and those of the department that have all these skills. */
export type Team = {
  readonly name: string;
  readonly title?: string;
  readonly department: string;
  readonly agents: readonly string[];
  readonly skills: readonly string[];
};

export type Kpi = {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  /** Where it stands in the tree. */
  readonly goal?: string;
  readonly department?: string;
  readonly team?: string;
  readonly unit?: string;
  /** What a period has to reach. */
  readonly target?: number;
  readonly better: 'higher' | 'lower';
  readonly rule: KpiRule;
};

/** The goal and those that are parts of it, at any depth. */
export function goalsUnder(goals: readonly Pick<Goal, 'name' | 'parent'>[], name: string): readonly string[] {
  const found = [name];
  for (const each of found)
    found.push(
      ...goals
        .filter(({ name: own, parent }) => parent === each && !found.includes(own))
        .map(({ name: own }) => own),
    );

  return found;
}
