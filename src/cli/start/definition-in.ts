import { suggest } from '../../../machines/language/suggest.ts';
import { CliFailure } from '../cli-failure.ts';

type Given<Name> = { readonly name: Name; readonly args: readonly string[] };

/** Splits what `start` was given: the definition comes first, its flags follow. Throws CliFailure. */
export function definitionIn(args: readonly string[]): Given<string> {
  const [name, ...rest] = args;
  if (name !== undefined && !name.startsWith('-')) return { name, args: rest };
  const message =
    name === undefined ? 'name the definition to start' : `name the definition to start before ${name}`;

  throw new CliFailure('usage.definition', `${message}: a file or an id`, 'workflow start <definition> ...');
}

/** The same for `dev`, which needs none. `known` are its own flags, for suggestions. Throws CliFailure. */
export function draftIn(args: readonly string[], known: readonly string[]): Given<string | undefined> {
  const [first, ...rest] = args;
  if (first === undefined || !first.startsWith('-')) return { name: first, args: rest };
  const [flag = '', value = rest[0]] = first.split('=', 2);
  const isPort = ['--port', '-p'].includes(flag);
  const meant = isPort ? `--http ${value ?? '<port>'}` : suggest(flag, known);

  throw new CliFailure(
    'usage.unknown-flag',
    `workflow dev has no flag ${flag}; those of inputs come after the definition`,
    `workflow dev ${meant ?? `<definition> ${[first, ...rest].join(' ')}`}`,
  );
}
