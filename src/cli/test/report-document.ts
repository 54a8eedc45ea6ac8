import {
  coveragePercent,
  isSound,
  type PlayedScenario,
  type TestedDefinition,
} from '../../projections/definition/tested-definition.ts';
import { moveText } from '../../terminal/render/move-text.ts';

type Document = Readonly<Record<string, unknown>>;

/** What came of testing one definition, as `--json` shows it. */
export function testedDocument(tested: TestedDefinition): Document {
  const { file, definition, transitions, covered, uncovered, scenes, leftOut, ms } = tested;

  return {
    file,
    definition,
    ok: isSound(tested),
    coverage: {
      transitions,
      covered,
      /** Of those that can happen at all. */
      percent: coveragePercent(tested),
      uncovered,
    },
    scenes,
    leftOut,
    scenarios: tested.scenarios.map(scenarioDocument),
    cases: tested.cases,
    ms,
  };
}

function scenarioDocument({ scenario, rehearsed, ms }: PlayedScenario): Document {
  const { name, parts, end } = scenario;

  return {
    name,
    ok: rehearsed.ok,
    status: end.status,
    moves: parts.map(({ move }) => moveText(move)),
    records: parts.reduce((sum, { records }) => sum + records.length, 0),
    ms,
    ...(rehearsed.ok ? {} : { difference: differenceOf(rehearsed) }),
  };
}

function differenceOf({
  part,
  expected,
  found,
  message,
}: Extract<PlayedScenario['rehearsed'], { readonly ok: false }>): Document {
  return { afterMove: part + 1, expected, found, message };
}
