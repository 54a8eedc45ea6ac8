import { type Chart, compileChart } from '../../../machines/chart/chart.ts';
import type { Definition } from '../../../machines/definition.ts';
import type { LoadedDefinition } from '../../../machines/language/load-definition.ts';
import { candidatesOf } from '../../../machines/prover/candidates/candidates-of.ts';
import { playCases } from '../../../machines/prover/cases/play-cases.ts';
import type { TestCase } from '../../../machines/prover/cases/test-case.ts';
import { chooseScenarios } from '../../../machines/prover/coverage/choose.ts';
import { targetText } from '../../../machines/prover/coverage/target.ts';
import { failedExpression } from '../../../machines/prover/deep/failing-expressions.ts';
import { explore } from '../../../machines/prover/explore/explore.ts';
import type { Scenario } from '../../../machines/prover/explore/scenario.ts';
import type { Rehearsals } from '../../ports/runs/rehearsals.ts';
import type { PlayedCase, PlayedScenario, TestedDefinition } from './tested-definition.ts';

/** Cases of one file, as it is called. */
export type WrittenCases = { readonly file: string; readonly cases: readonly TestCase[] };

/** A definition that is tested. `file` is how it is called, `path` where it is. */
export type TestedSubject = {
  readonly file: string;
  readonly path: string;
  readonly loaded: LoadedDefinition;
  readonly cases: readonly WrittenCases[];
};

type Given = {
  readonly rehearsals: Rehearsals;
  readonly scenesMax: number;
  /** In ms. */
  readonly now: () => number;
};

/** Explores a definition, chooses scenarios, and plays them and its written cases on the real engine. */
export async function testDefinition(
  { file, path, loaded, cases }: TestedSubject,
  given: Given,
): Promise<TestedDefinition> {
  const began = given.now();
  const chart = compileChart(loaded.definition, loaded.ref);
  const { scenarios, ...looked } = look(loaded.definition, chart, given.scenesMax);
  const played: PlayedScenario[] = [];
  for (const scenario of scenarios) played.push(judged(chart, await playTimed(loaded, scenario, given)));
  const told: PlayedCase[] = [];
  for (const { file: casesFile, cases: some } of cases) {
    const results = await playCases(loaded, some, given.rehearsals);
    told.push(...results.map((each) => ({ ...each, file: casesFile })));
  }

  return {
    file,
    path,
    definition: loaded.ref,
    ...looked,
    scenarios: played,
    cases: told,
    ms: given.now() - began,
  };
}

type Looked = Pick<TestedDefinition, 'transitions' | 'covered' | 'uncovered' | 'scenes' | 'leftOut'>;

function look(
  definition: Definition,
  chart: Chart,
  scenesMax: number,
): Looked & { readonly scenarios: readonly Scenario[] } {
  const candidates = candidatesOf(definition, chart);
  const explored = explore(chart, candidates, { scenesMax });
  const { scenarios, coverage } = chooseScenarios(chart, candidates, explored);

  return {
    transitions: coverage.targets.length,
    covered: coverage.covered.length,
    uncovered: coverage.uncovered.map(({ target, reason: { kind, text } }) => ({
      transition: targetText(target),
      kind,
      text,
    })),
    scenes: explored.scenes.size,
    leftOut: [...candidates.omitted, ...(explored.bound === undefined ? [] : [explored.bound])],
    scenarios,
  };
}

async function playTimed(
  loaded: LoadedDefinition,
  scenario: Scenario,
  given: Given,
): Promise<PlayedScenario> {
  const began = given.now();
  const rehearsed = await given.rehearsals.play(loaded, scenario);

  return { scenario, rehearsed, ms: given.now() - began };
}

/** A scenario is wrong in which an expression fails and nothing else does, though the engine goes just that way. */
function judged(chart: Chart, played: PlayedScenario): PlayedScenario {
  const failed = played.rehearsed.ok ? failedExpression(chart, played.scenario) : undefined;
  if (failed === undefined) return played;
  const where = failed.task ?? 'the output of the run';
  const message = `an expression of ${where} fails although nothing else failed: ${failed.reason}`;

  const { part, record: found } = failed;

  return { ...played, rehearsed: { ok: false, part, expected: undefined, found, message } };
}
