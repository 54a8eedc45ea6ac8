/** What is wrong at one place of a file. `line` and `column` count from 1, `length` is how much the caret marks. */
export type Problem = {
  /** Stable and dotted, for programs: `definition.unknown-task`. */
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
  readonly sourceLine?: string;
  /** The text that would mend it, when there is one likely text. */
  readonly fix?: string;
  /** Where in the definition, in words: `tasks.build.depends_on`. */
  readonly path: string;
};

/** The caret cannot be found by eye in a line longer than this, so only the part around it is shown. */
const shownLengthMax = 160;

/** A problem, or something else about a place of a definition that is not wrong: its severity is any word. */
type Shown = Omit<Problem, 'severity'> & { readonly severity: string };

/** One headline, then the source line with its number and a caret under the place. No colours. */
export function formatProblem(problem: Shown): string {
  const place = problem.path === '' ? '' : `${problem.path}: `;
  const headline =
    `${problem.file}:${problem.line}:${problem.column}  ${problem.severity}  ` +
    `${place}${problem.message}  [${problem.code}]`;
  if (problem.sourceLine === undefined) return headline;

  return `${headline}\n${excerpt(problem, problem.sourceLine)}`;
}

/** All problems in the order of their places, and a last line that counts them. */
export function formatProblems(problems: readonly Problem[]): string {
  if (problems.length === 0) return 'no problems';

  return [...orderProblems(problems).map(formatProblem), countProblems(problems)].join('\n');
}

/** Sorts problems by file and place. */
export function orderProblems(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort(
    (a, b) =>
      (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) ||
      a.line - b.line ||
      a.column - b.column ||
      (a.severity === b.severity ? 0 : a.severity === 'error' ? -1 : 1),
  );
}

function countProblems(problems: readonly Problem[]): string {
  const errors = problems.filter((each) => each.severity === 'error').length;
  const parts = [counted(errors, 'error'), counted(problems.length - errors, 'warning')];

  return parts.filter((part) => part !== '').join(', ');
}

function counted(count: number, word: string): string {
  return count === 0 ? '' : `${count} ${word}${count === 1 ? '' : 's'}`;
}

function excerpt(problem: Shown, sourceLine: string): string {
  const start = Math.max(0, problem.column - 1);
  const from = start > shownLengthMax - 40 ? start - 60 : 0;
  // A tab or another control character would move the caret away from the text it points at.
  const line = sourceLine.slice(from, from + shownLengthMax).replace(/\p{Cc}/gu, ' ');
  const before = [...line.slice(0, start - from)].length;
  const marked = Math.max(1, [...line.slice(start - from, start - from + problem.length)].length);
  const number = String(problem.line).padStart(4);

  return `${number} | ${line}\n${' '.repeat(number.length)} | ${' '.repeat(before)}${'^'.repeat(marked)}`;
}
