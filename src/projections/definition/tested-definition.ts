import type { DefinitionRef } from '../../../events/run-events.ts';
import type { CaseResult } from '../../../machines/prover/cases/test-case.ts';
import type { Scenario } from '../../../machines/prover/explore/scenario.ts';
import type { Rehearsed } from '../../ports/runs/rehearsals.ts';

/** A transition that no scenario makes. `kind` and `text` say why. */
export type Uncovered = { readonly transition: string; readonly kind: string; readonly text: string };

/** A scenario as it went on the real engine. */
export type PlayedScenario = {
  readonly scenario: Scenario;
  readonly rehearsed: Rehearsed;
  readonly ms: number;
};

/** What came of a written case of the file. */
export type PlayedCase = CaseResult & { readonly file: string };

/** What came of testing one definition. */
export type TestedDefinition = {
  /** Its name and file. */
  readonly file: string;
  readonly path: string;
  readonly definition: DefinitionRef;
  /** The number of transitions, and of those that the scenarios take. */
  readonly transitions: number;
  readonly covered: number;
  readonly uncovered: readonly Uncovered[];
  readonly scenes: number;
  /** What was not looked at, in words: values that were not tried, and where the exploration was cut. */
  readonly leftOut: readonly string[];
  readonly scenarios: readonly PlayedScenario[];
  readonly cases: readonly PlayedCase[];
  readonly ms: number;
};

/** The percentage of possible transitions that are taken, from 0 to 100. */
export function coveragePercent({ transitions, covered, uncovered }: TestedDefinition): number {
  const possible = possibleOf({ transitions, uncovered });

  return possible === 0 ? 100 : (covered * 100) / possible;
}

/** The number of transitions known to be possible. */
export function possibleOf({
  transitions,
  uncovered,
}: Pick<TestedDefinition, 'transitions' | 'uncovered'>): number {
  return transitions - uncovered.filter(({ kind }) => kind === 'unreachable').length;
}

/** The scenarios that went another way than they should. */
export function failedScenarios({ scenarios }: TestedDefinition): readonly PlayedScenario[] {
  return scenarios.filter(({ rehearsed }) => !rehearsed.ok);
}

/** Whether everything went as it should. */
export function isSound(tested: TestedDefinition): boolean {
  return failedScenarios(tested).length === 0 && tested.cases.every(({ ok }) => ok);
}
