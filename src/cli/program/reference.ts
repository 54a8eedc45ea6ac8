import type { Command, Option } from 'commander';
import { exitCodes } from '../exit-codes.ts';

/** All commands, arguments, options and exit codes as Markdown: `docs/cli.md`. */
export function referenceText(program: Command): string {
  return [
    '# Command line',
    '',
    '<!-- Made by `workflow help reference`. A test compares it with the commands. -->',
    '',
    program.description(),
    '',
    '## Options of every command',
    '',
    ...optionTable(program.options),
    '',
    ...program.commands.flatMap((command) => commandSection(command)),
    '## Exit codes',
    '',
    '| code | meaning |',
    '|---|---|',
    ...exitCodes.map(({ exit, meaning }) => `| ${exit} | ${meaning} |`),
    '',
  ].join('\n');
}

function commandSection(command: Command, parents = 'workflow'): readonly string[] {
  const name = `${parents} ${command.name()}`;
  const args = command.registeredArguments.map(
    (argument) => `- \`${argument.name()}\`: ${argument.description}`,
  );

  return [
    `## ${name}`,
    '',
    sentence(command.description()),
    '',
    `    ${name} ${command.usage()}`,
    '',
    ...(args.length === 0 ? [] : [...args, '']),
    ...(command.options.length === 0 ? [] : [...optionTable(command.options), '']),
    ...command.commands.flatMap((each) => commandSection(each, name)),
  ];
}

function optionTable(options: readonly Option[]): readonly string[] {
  return [
    '| option | meaning |',
    '|---|---|',
    ...options.map(({ flags, description, defaultValue, argChoices }) => {
      const choices = argChoices === undefined ? '' : `: ${argChoices.join(', ')}`;
      const initial = typeof defaultValue === 'string' ? ` (default: ${defaultValue})` : '';
      return `| \`${flags}\` | ${description}${choices}${initial} |`;
    }),
  ];
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
