import type { Problem } from '../../../machines/language/problem.ts';
import type { TextProblem } from '../../api/problem.ts';

/** A problem as it is sent: where it begins and ends in the text, and what would mend it. */
export function textProblem(problem: Problem): TextProblem {
  const { code, severity, message, path, line, column, length, fix } = problem;

  return {
    ...{ code, severity, message, path, line, column, fix },
    endLine: line,
    endColumn: column + Math.max(1, length),
  };
}
