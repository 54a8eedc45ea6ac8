import { formatProblem } from '../../../machines/language/problem.ts';
import type { Scenario } from '../../../machines/prover/explore/scenario.ts';
import { moveText } from '../../terminal/render/move-text.ts';
import { oneLine } from '../../terminal/render/width.ts';
import type { DeepReport } from './deep-report.ts';

/** The findings with their counter-examples, and how far was looked. */
export function deepText(report: DeepReport): string {
  const lines = report.findings.flatMap(({ finding, placed }) => {
    const { sourceLine, ...headline } = placed;
    // A note is worth a line, not the attention that something wrong needs.
    if (finding.severity === 'note') return [formatProblem(headline)];
    const shown = sourceLine === undefined ? headline : placed;
    const { counterexample } = finding;
    return [formatProblem(shown), ...(counterexample === undefined ? [] : wayText(counterexample))];
  });

  return [...lines, ...reachText(report)].join('\n');
}

/** The most moves that are shown; the first ones and the last ones tell the most. */
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
  // Of the scenes that were reached those at the edge were not looked at, so that the bound may be the smaller number.
  const reach = isWhole ? `explored ${count}, all of them` : `reached ${count}, cut: ${bound ?? 'not all'}`;
  const omitted = candidates.omitted.map((text) => `values left out: ${text}`);

  return [reach, ...omitted].map((text) => `  ${text}`);
}
