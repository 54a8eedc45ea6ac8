import { CliFailure } from '../cli-failure.ts';

/** Splits what `start` was given: the definition comes first, its flags follow. Throws CliFailure. */
export function definitionIn(args: readonly string[]): {
  readonly name: string;
  readonly args: readonly string[];
} {
  const [name, ...rest] = args;
  if (name !== undefined && !name.startsWith('-')) return { name, args: rest };
  const message =
    name === undefined ? 'name the definition to start' : `name the definition to start before ${name}`;

  throw new CliFailure('usage.definition', `${message}: a file or an id`, 'workflow start <definition> ...');
}
