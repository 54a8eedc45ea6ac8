import { codeOf, messageOf } from '../lib/text.ts';
import { DefinitionRefused } from '../ports/definitions/definition-refused.ts';
import { AgentsInvalid } from '../ports/work/agent-admin.ts';
import { WhereInvalid } from '../projections/where-invalid.ts';
import { type ExitCode, exitCodeOf, isTransient } from './exit-codes.ts';

/** The command cannot do what was asked. `fix` is what would help, in words or as a command. */
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

/** What belongs to a failure besides its message: lines for people, and the same for programs under one key. */
export type Details = { readonly text: string; readonly key: string; readonly data: unknown };

/** What a person and a program are told of an error. */
export type Failure = {
  readonly code: string;
  readonly message: string;
  readonly fix?: string;
  readonly details?: Details;
  readonly retryable: boolean;
  readonly exit: ExitCode;
};

/** Reads any error. One that carries no code at all is a defect of ours, and goes by `internal`. */
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

  return codeOf(error) === 'run.quarantined' ? 'workflow doctor --repair' : undefined;
}

function detailsOf(error: unknown): Details | undefined {
  const isDetailed = error instanceof AgentsInvalid || error instanceof DefinitionRefused;
  if (!isDetailed || error.text === undefined) return undefined;

  return { text: error.text, key: 'problems', data: error.problems };
}
