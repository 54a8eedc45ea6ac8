import { type Command, Option } from 'commander';
import type { CommandPlace, Operation } from '../../api/operations/operation.ts';
import { operations } from '../../api/operations/operations.ts';
import type { UseCase } from '../../operations/use-case.ts';
import type { Act } from '../act.ts';
import type { TypedMembers } from '../commands/operation.ts';

/** Operations by noun and verb, and what loads the use case of one. */
export type KnownOperations = {
  readonly declared: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly load: (noun: string, verb: string) => Promise<UseCase>;
};

/** Those of the product. */
export const productOperations: KnownOperations = {
  declared: operations,
  load: async (noun, verb) => {
    const { loadUseCase } = await import('../../operations/load-operations.ts');
    return loadUseCase(noun, verb);
  },
};

/** A command for every operation that is asked for on the command line. */
export function addOperationCommands(program: Command, act: Act, { declared, load }: KnownOperations): void {
  for (const [noun, operations] of Object.entries(declared))
    for (const [verb, operation] of Object.entries(operations))
      if (operation.command !== undefined)
        addCommand(program, act, {
          noun,
          verb,
          operation,
          place: operation.command,
          load: () => load(noun, verb),
        });
}

type Added = {
  readonly load: () => Promise<UseCase>;
  readonly noun: string;
  readonly verb: string;
  readonly operation: Operation;
  readonly place: CommandPlace;
};

function addCommand(program: Command, act: Act, { noun, verb, operation, place, load }: Added): void {
  const { summary, members = {}, changes } = operation;
  const words = place.words.split(' ');
  const command = groupOf(program, words.slice(0, -1))
    .command(words.at(-1) ?? verb)
    .description(summary.charAt(0).toLowerCase() + summary.slice(1));
  for (const name of place.arguments ?? []) command.argument(`<${name}>`, members[name] ?? '');
  const options = Object.entries(place.options ?? {}).map(([name, flags]): [string, Option] => [
    name,
    new Option(flags, members[name] ?? ''),
  ]);
  for (const [, option] of options) command.addOption(option);
  if (changes) command.option('--as <name>', 'who does it');
  command.action(
    act(async (invocation, ...given: readonly unknown[]) => {
      const { askOperation } = await import('../commands/operation.ts');
      const flags = given.at(-1) as Readonly<Record<string, unknown>>;
      const asked: TypedMembers = { as: flags['as'] as string | undefined, members: {} };
      for (const [at, name] of (place.arguments ?? []).entries()) asked.members[name] = given[at];
      for (const [name, option] of options) asked.members[name] = flags[option.attributeName()];

      return askOperation(invocation, { noun, verb, place, load }, asked);
    }),
  );
}

/** The command that the words name, made where it is not there yet. */
function groupOf(program: Command, words: readonly string[]): Command {
  return words.reduce(
    (parent, word) =>
      parent.commands.find((each) => each.name() === word) ?? parent.command(word).helpCommand(false),
    program,
  );
}
