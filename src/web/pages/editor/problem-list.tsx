import type { TextProblem } from '../../../api/problem.ts';

export type ProblemListProps = {
  readonly problems: readonly TextProblem[];
  /** Where the cursor stands: the problems of that line stand out. */
  readonly line: number;
  readonly onLine: (line: number) => void;
};

/** All that is wrong with a text: each leads to its line. */
export function ProblemList({ problems, line, onLine }: ProblemListProps) {
  if (problems.length === 0) return <p className="empty">Nothing is wrong with it.</p>;

  return (
    <ul className="problem-list" aria-label="Problems">
      {problems.map((problem) => (
        <li key={`${problem.line} ${problem.column} ${problem.code} ${problem.path}`}>
          <button
            type="button"
            className="problem-row"
            data-severity={problem.severity}
            aria-current={problem.line === line}
            onClick={() => onLine(problem.line ?? 1)}
          >
            <span className="problem-place mono">
              {problem.line ?? '-'}:{problem.column ?? '-'}
            </span>
            <span>
              <strong>{problem.severity}</strong> {problem.message}
              <span className="soft mono problem-code">
                {problem.path} · {problem.code}
              </span>
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
