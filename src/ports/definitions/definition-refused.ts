import type { Problem } from '../../../machines/language/problem.ts';

/** A name means no definition that can be used. The reaction: what `fix` says, or mend what the problems name. */
export class DefinitionRefused extends Error {
  override readonly name = 'DefinitionRefused';
  readonly code: string;
  readonly fix: string | undefined;
  /** What is wrong in the text, each with its file, line and column. */
  readonly problems: readonly Problem[] | undefined;
  /** The problems as lines for people. */
  readonly text: string | undefined;

  constructor(
    code: string,
    message: string,
    {
      fix,
      problems,
      text,
    }: { readonly fix?: string; readonly problems?: readonly Problem[]; readonly text?: string } = {},
  ) {
    super(message);
    this.code = code;
    this.fix = fix;
    this.problems = problems;
    this.text = text;
  }
}
