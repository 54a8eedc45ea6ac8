import { exportOf, exportText } from '../../../machines/audit/export-format.ts';
import { compileChart } from '../../../machines/chart/chart.ts';
import type { LoadedDefinition } from '../../../machines/language/load-definition.ts';
import { candidatesOf } from '../../../machines/prover/candidates/candidates-of.ts';
import { chooseScenarios } from '../../../machines/prover/coverage/choose.ts';
import { journalOf } from '../../../machines/prover/deep/counterexample-journal.ts';
import { explore } from '../../../machines/prover/explore/explore.ts';
import { scenarioRun, scenarioStart } from '../../../machines/prover/explore/scenario.ts';

/** As `workflow test` has it by itself. */
const scenesMax = 20_000;

type ScenarioExports = {
  readonly exports: readonly { readonly name: string; readonly text: string }[];
  /** What was not looked at, in words, as `workflow test` has it. */
  readonly leftOut: readonly string[];
};

/** The ways through a definition that `workflow test` plays, each as the export of a run that went so. */
export function scenarioExports({ definition, ref, text }: LoadedDefinition): ScenarioExports {
  const chart = compileChart(definition, ref);
  const candidates = candidatesOf(definition, chart);
  const explored = explore(chart, candidates, { scenesMax });

  const exports = chooseScenarios(chart, candidates, explored).scenarios.map((scenario) => {
    const source = { run: scenarioRun, definitions: [{ ref, text }] };
    const { records, last } = journalOf(chart, candidates, scenario);
    return {
      name: scenario.name,
      text: exportText(exportOf({ ...source, records: [...records], last }, scenarioStart)),
    };
  });

  return {
    exports,
    leftOut: [...candidates.omitted, ...(explored.bound === undefined ? [] : [explored.bound])],
  };
}
