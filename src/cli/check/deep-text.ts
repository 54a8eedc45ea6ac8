import { type Chart, compileChart } from '../../../machines/chart/chart.ts';
import type { LoadedDefinition } from '../../../machines/language/load-definition.ts';
import { formatProblem } from '../../../machines/language/problem.ts';
import { type Candidates, candidatesOf } from '../../../machines/prover/candidates/candidates-of.ts';
import { deepFindings } from '../../../machines/prover/deep/deep-findings.ts';
import { type Placed, readDefinition } from '../../../machines/prover/deep/read-definition.ts';
import type { DeepFinding } from '../../../machines/prover/deep/standstill.ts';
import { explore } from '../../../machines/prover/explore/explore.ts';
import type { Scenario } from '../../../machines/prover/explore/scenario.ts';
import { moveText } from '../../terminal/render/move-text.ts';
import { oneLine } from '../../terminal/render/width.ts';

/** The result of `workflow check --deep` for one definition. */
export type DeepReport = {
  readonly chart: Chart;
  readonly candidates: Candidates;
  readonly loaded: LoadedDefinition;
  readonly scenes: number;
  readonly isWhole: boolean;
  readonly bound?: string;
  readonly findings: readonly { readonly finding: DeepFinding; readonly placed: Placed }[];
};

export type DeepOptions = {
  readonly loaded: LoadedDefinition;
  readonly file: string;
  readonly scenesMax: number;
};

/** The report with its renderings. */
export type DeepCheck = {
  readonly report: DeepReport;
  readonly document: ReturnType<typeof deepDocument>;
  readonly text: string;
  /** Whether there is no proven error. */
  readonly isOk: boolean;
};

/** Explores a definition and reports what was found. */
export function deepCheck(options: DeepOptions): DeepCheck {
  const report = deepReport(options);

  return { report, document: deepDocument(report), text: deepText(report), isOk: !hasErrors(report) };
}

/** Explores every way through a definition, for all results and events. */
function deepReport({ loaded, file, scenesMax }: DeepOptions): DeepReport {
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

/** The report for `--json`. */
function deepDocument({ scenes, isWhole, bound, candidates, findings }: DeepReport) {
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

/** Whether there is a proven error. */
function hasErrors({ findings }: Pick<DeepReport, 'findings'>): boolean {
  return findings.some(({ finding }) => finding.severity === 'error');
}

/** The findings with their counter-examples, and how much was explored. */
function deepText(report: DeepReport): string {
  const lines = report.findings.flatMap(({ finding, placed }) => {
    const { sourceLine, ...headline } = placed;
    // Notes take one line each.
    if (finding.severity === 'note') return [formatProblem(headline)];
    const shown = sourceLine === undefined ? headline : placed;
    const { counterexample } = finding;
    return [formatProblem(shown), ...(counterexample === undefined ? [] : wayText(counterexample))];
  });

  return [...lines, ...reachText(report)].join('\n');
}

/** The most moves shown: the first and the last ones say most. */
const movesMax = 12;

function wayText({ parts, end }: Scenario): readonly string[] {
  const moves = parts.map(({ move }, index) => `       ${index + 1} ${oneLine(moveText(move))}`);
  const half = movesMax / 2;
  const shown =
    moves.length <= movesMax
      ? moves
      : [...moves.slice(0, half), `       … ${moves.length - movesMax} more`, ...moves.slice(-half)];
  const error = end.error === undefined ? '' : ` with ${end.error.code}`;

  return [...shown, `       then the run is ${end.status}${error}`];
}

function reachText({ scenes, isWhole, bound, candidates }: DeepReport): readonly string[] {
  const count = `${scenes.toLocaleString('en')} ${scenes === 1 ? 'scene' : 'scenes'}`;
  // Scenes at the edge were reached but not explored, so the bound may be lower than their number.
  const reach = isWhole ? `explored ${count}, all of them` : `reached ${count}, cut: ${bound ?? 'not all'}`;
  const omitted = candidates.omitted.map((text) => `values left out: ${text}`);

  return [reach, ...omitted].map((text) => `  ${text}`);
}
