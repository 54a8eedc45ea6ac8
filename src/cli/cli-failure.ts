import { codeOf, messageOf } from '../lib/text.ts';
import { DefinitionRefused } from '../ports/definitions/definition-refused.ts';
import { AgentsInvalid } from '../ports/work/agent-admin.ts';
import { WhereInvalid } from '../projections/where-invalid.ts';
import { type ExitCode, exitCodeOf, isTransient } from './exit-codes.ts';

/** The command failed. `fix` is the likely remedy, in words or as a command. */
export class CliFailure extends Error {
  override readonly name = 'CliFailure';
  readonly code: string;
  readonly fix: string | undefined;
  readonly details: Details | undefined;

  constructor(code: string, message: string, fix?: string, details?: Details) {
    super(message);
    this.code = code;
    this.fix = fix;
    this.details = details;
  }
}

/** Details of a failure beside its message: lines for people, and the same under one key for programs. */
export type Details = { readonly text: string; readonly key: string; readonly data: unknown };

/** An error as it is reported to people and programs. */
export type Failure = {
  readonly code: string;
  readonly message: string;
  readonly fix?: string;
  readonly details?: Details;
  readonly retryable: boolean;
  readonly exit: ExitCode;
};

/** Converts any error. One without a code is a defect of ours, reported as `internal`. */
export function cliFailureOf(error: unknown): Failure {
  const code = codeOf(error);
  const exit = code === undefined ? 1 : exitCodeOf(code);
  const { fix, details } =
    error instanceof CliFailure ? error : { fix: fixOf(error), details: detailsOf(error) };

  return {
    code: code ?? 'internal',
    message: messageOf(error),
    ...(fix === undefined ? {} : { fix }),
    ...(details === undefined ? {} : { details }),
    retryable: isTransient(exit),
    exit,
  };
}

function fixOf(error: unknown): string | undefined {
  if (error instanceof WhereInvalid || error instanceof DefinitionRefused) return error.fix;
  // Its class would be loaded with every command.
  if (/^(gallery|backup|bundle)\./.test(codeOf(error) ?? '')) return (error as { readonly fix?: string }).fix;

  return codeOf(error) === 'run.quarantined' ? 'workflow doctor --repair' : undefined;
}

function detailsOf(error: unknown): Details | undefined {
  const isDetailed = error instanceof AgentsInvalid || error instanceof DefinitionRefused;
  if (!isDetailed || error.text === undefined) return undefined;

  return { text: error.text, key: 'problems', data: error.problems };
}
