import { errorLine } from '../../ports/error-line.ts';
import { TaskError } from '../../ports/handler.ts';
import type { ChildOutcome } from './run-child.ts';

/** What went wrong with a command; undefined when it exited with 0. `file` names it in messages. */
export function commandFailure(file: string, outcome: ChildOutcome): TaskError | undefined {
  const { ended, notStarted, exitCode, killedBy, stderr } = outcome;
  if (notStarted !== undefined) return notStartedError(file, notStarted);
  if (ended !== undefined) return endedError(file, ended, outcome);
  if (exitCode === 0) return undefined;

  const line = errorLine(stderr);
  const said = line === '' ? 'and wrote nothing on standard error' : `saying: ${line.slice(0, 500)}`;
  if (killedBy !== undefined) {
    return new TaskError('command.signal', `${file} was ended by ${killedBy} ${said}`, {
      retryable: true,
      details: { signal: killedBy, stderr },
    });
  }

  return new TaskError('command.exit', `${file} exited with code ${exitCode} ${said}`, {
    retryable: true,
    details: { exit_code: exitCode ?? null, stderr },
  });
}

function notStartedError(file: string, reason: string): TaskError {
  switch (reason) {
    case 'ENOENT':
      return new TaskError('command.not-found', `there is no program ${file}; is it installed and on PATH?`);
    case 'EACCES':
      return new TaskError('command.not-executable', `${file} may not be executed; is its x permission set?`);
    case 'E2BIG':
      return new TaskError('command.too-long', `the arguments of ${file} are too long; give them on stdin`);
    default:
      return new TaskError('command.not-started', `${file} could not be started (${reason})`, {
        retryable: true,
      });
  }
}

function endedError(
  file: string,
  ended: NonNullable<ChildOutcome['ended']>,
  { stderr, timeoutMs }: ChildOutcome,
): TaskError {
  const details = stderr === '' ? {} : { stderr };
  switch (ended) {
    case 'aborted':
      return new TaskError('command.cancelled', `${file} was ended with its attempt`, {
        retryable: true,
        details,
      });
    case 'timeout':
      return new TaskError('command.timeout', `${file} was ended after ${timeoutMs} ms`, {
        retryable: true,
        details: { ...details, timeout_ms: timeoutMs ?? null },
      });
    case 'too-large':
      return new TaskError(
        'command.output-too-large',
        `${file} wrote more than 1 MiB on standard output; write to a file and print its path`,
        stderr === '' ? {} : { details },
      );
  }
}
