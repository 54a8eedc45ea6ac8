import { formatProblem } from '../../../machines/language/problem.ts';
import { type DeepOptions, type DeepReport, deepCheck } from '../../../machines/prover/deep/deep-check.ts';
import type { Scenario } from '../../../machines/prover/explore/scenario.ts';
import type { DeepCheckReport } from '../../api/definitions.ts';
import { deepReport } from '../../projections/definition/deep-report.ts';
import { moveText } from '../../terminal/render/move-text.ts';
import { oneLine } from '../../terminal/render/width.ts';

/** The report with its renderings. */
export type DeepCheck = {
  readonly report: DeepReport;
  readonly document: DeepCheckReport;
  readonly text: string;
  /** Whether there is no proven error. */
  readonly isOk: boolean;
};

/** Explores a definition and renders what was found. */
export function renderedDeepCheck(options: DeepOptions): DeepCheck {
  const report = deepCheck(options);

  return { report, document: deepReport(report), text: deepText(report), isOk: !hasErrors(report) };
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

function reachText({ explored, candidates, unproven }: DeepReport): readonly string[] {
  const { scenes, isWhole, bound } = explored;
  const count = `${scenes.size.toLocaleString('en')} ${scenes.size === 1 ? 'scene' : 'scenes'}`;
  // Scenes at the edge were reached but not explored, so the bound may be lower than their number.
  const reach = isWhole ? `explored ${count}, all of them` : `reached ${count}, cut: ${bound ?? 'not all'}`;
  const omitted = candidates.omitted.map((text) => `values left out: ${text}`);
  const open = unproven.map((text) => `not proven: ${text}`);

  return [reach, ...omitted, ...open].map((text) => `  ${text}`);
}
