import type { TextProblem } from '../../api/problem.ts';

/** A problem at its place in the text, counted in characters from 0. */
export type PlacedProblem = {
  readonly from: number;
  readonly to: number;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly code: string;
};

/** The problems of a check at their places. One without a place, or with one behind the text, stands at the nearest. */
export function placedProblems(text: string, problems: readonly TextProblem[]): readonly PlacedProblem[] {
  const starts = lineStarts(text);

  return problems
    .map((problem) => placed(problem, starts, text))
    .toSorted((left, right) => left.from - right.from);
}

/** What a check found, in a few words: `2 errors, 1 warning`. */
export function countedProblems(problems: readonly TextProblem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.length - errors;
  const parts = [
    ...(errors > 0 ? [plural(errors, 'error')] : []),
    ...(warnings > 0 ? [plural(warnings, 'warning')] : []),
  ];

  return parts.length === 0 ? 'no problems' : parts.join(', ');
}

function placed(
  { line, column, endLine, endColumn, severity, message, code }: TextProblem,
  starts: readonly number[],
  text: string,
) {
  const from = offsetOf(starts, line ?? 1, column ?? 1, text.length);
  const told =
    endColumn === undefined ? from : offsetOf(starts, endLine ?? line ?? 1, endColumn, text.length);
  // A mark of no width cannot be seen: without an end it covers the rest of the word.
  const to = told > from ? told : wordEnd(text, from);

  return { from, to, severity, message, code };
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);

  return starts;
}

function offsetOf(starts: readonly number[], line: number, column: number, end: number): number {
  const index = Math.min(Math.max(line, 1), starts.length) - 1;
  const start = starts[index] ?? 0;
  const lineEnd = (starts[index + 1] ?? end + 1) - 1;

  return Math.min(start + Math.max(column, 1) - 1, lineEnd);
}

function wordEnd(text: string, from: number): number {
  const length = /^[^\s:,]+/.exec(text.slice(from, from + 200))?.[0].length ?? 0;

  return Math.min(from + Math.max(length, 1), text.length);
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
