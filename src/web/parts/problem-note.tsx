import { messageOf } from '../../lib/text.ts';
import { ApiProblem } from '../api/client.ts';
import { CopyButton } from './copy-button.tsx';
import { NotLoaded } from './not-loaded.ts';

export type ProblemNoteProps = { readonly error: unknown; readonly onRetry?: () => void };

/** What went wrong, what would help, its code, and all of it to copy. Stands beside what it is about. */
export function ProblemNote({ error, onRetry }: ProblemNoteProps) {
  const told = toldOf(error);

  return (
    <div className="problem" role="alert">
      <strong>{told.what}</strong>
      {told.fix !== undefined && <span>{told.fix}</span>}
      {told.more.map((line) => (
        <span key={line} className="mono">
          {line}
        </span>
      ))}
      <span className="problem-end">
        <code>{told.code}</code>
        <CopyButton
          text={[told.what, told.fix, told.code, ...told.more].filter(Boolean).join('\n')}
          label="Copy details"
        />
        {onRetry !== undefined && (
          <button type="button" className="quiet" onClick={onRetry}>
            Try again
          </button>
        )}
      </span>
    </div>
  );
}

function toldOf(error: unknown) {
  if (error instanceof ApiProblem) {
    const { detail, fix, code, problems = [] } = error.problem;
    const more = problems.map((one) =>
      [one.line === undefined ? one.path : `line ${one.line}, ${one.path}`, one.message]
        .filter(Boolean)
        .join(': '),
    );

    return { what: detail, fix, code, more };
  }
  if (error instanceof NotLoaded) {
    const { message: what, code } = error;

    return { what, fix: 'Nothing was changed by it: load the page again.', code, more: [] };
  }

  return {
    what: messageOf(error),
    fix: 'This is a fault of the dashboard: the run is not touched by it.',
    code: 'dashboard.fault',
    more: [],
  };
}
