import { type Chart, compileChart } from '../../../machines/chart/chart.ts';
import type { LoadedDefinition } from '../../../machines/language/load-definition.ts';
import type { Candidates } from '../../../machines/prover/candidates/candidates.ts';
import { candidatesOf } from '../../../machines/prover/candidates/candidates-of.ts';
import { deepFindings } from '../../../machines/prover/deep/deep-findings.ts';
import type { DeepFinding } from '../../../machines/prover/deep/found.ts';
import { type Placed, readDefinition } from '../../../machines/prover/deep/read-definition.ts';
import { explore } from '../../../machines/prover/explore/explore.ts';

/** What `workflow check --deep` says of one definition. */
export type DeepReport = {
  readonly chart: Chart;
  readonly candidates: Candidates;
  readonly loaded: LoadedDefinition;
  readonly scenes: number;
  readonly isWhole: boolean;
  readonly bound?: string;
  readonly findings: readonly { readonly finding: DeepFinding; readonly placed: Placed }[];
};

/** Plays a definition along everything that the world may do, and looks at all that can come of it. */
export function deepReport(options: {
  readonly loaded: LoadedDefinition;
  readonly file: string;
  readonly scenesMax: number;
}): DeepReport {
  const { loaded, file, scenesMax } = options;
  const chart = compileChart(loaded.definition, loaded.ref);
  const candidates = candidatesOf(loaded.definition, chart);
  const explored = explore(chart, candidates, { scenesMax });
  const text = readDefinition({ file, content: loaded.text });
  const findings = deepFindings({ chart, explored, written: text.written });

  return {
    chart,
    candidates,
    loaded,
    scenes: explored.scenes.size,
    isWhole: explored.isWhole,
    ...(explored.bound === undefined ? {} : { bound: explored.bound }),
    findings: findings.map((finding) => ({ finding, placed: text.place(finding) })),
  };
}

/** The report as `--json` has it. */
export function deepDocument({ scenes, isWhole, bound, candidates, findings }: DeepReport) {
  return {
    scenes,
    isWhole,
    ...(bound === undefined ? {} : { bound }),
    omitted: candidates.omitted,
    findings: findings.map(({ finding, placed }) => {
      const { code, severity, message, tasks, counterexample } = finding;
      const { file, line, column } = placed;
      const example =
        counterexample === undefined
          ? {}
          : { moves: counterexample.parts.map(({ move }) => move), end: counterexample.end };
      return { code, severity, message, tasks, file, line, column, ...example };
    }),
  };
}

/** Whether anything is wrong beyond doubt. */
export function hasErrors({ findings }: Pick<DeepReport, 'findings'>): boolean {
  return findings.some(({ finding }) => finding.severity === 'error');
}
