import type { Command, Option } from 'commander';
import type { Act } from '../act.ts';
import { CliFailure } from '../cli-failure.ts';
import { exitCodes, exitCodesText } from '../exit-codes.ts';

/** `workflow help [topic]`: help of a command, the exit codes, the reference as Markdown; `workflow explain [code]`. */
export function addHelpCommand(program: Command, act: Act): void {
  program
    .command('help')
    .argument('[topic]', 'a command, exit-codes, or reference (all commands as Markdown)')
    .description('help about a command or a topic')
    .action(
      act(async ({ output }, topic: string | undefined, _flags: object) => {
        const text = await topicText(program, topic);
        output.document('Help', { topic: topic ?? 'workflow', text });
        output.data(text.trimEnd());

        return 0;
      }),
    );
  program
    .command('explain')
    .argument('[code]', 'an error code, or the part before its dot for all that begin so')
    .description('what an error code means, why it comes up and what to do; without a code, which there are')
    .action(
      act(async (invocation, code: string | undefined, _flags: object) => {
        const { explain } = await import('../commands/explain.ts');
        return explain(invocation, code);
      }),
    );
}

async function topicText(program: Command, topic: string | undefined): Promise<string> {
  if (topic === undefined) return program.helpInformation();
  if (topic === 'exit-codes') return exitCodesText();
  if (topic === 'reference') return referenceText(program);
  const command = program.commands.find((each) => each.name() === topic);
  if (command !== undefined) return command.helpInformation();

  const { didYouMean } = await import('../../../machines/language/suggest.ts');
  const topics = [...program.commands.map((each) => each.name()), 'exit-codes', 'reference'];
  throw new CliFailure('usage.topic', `there is no help about "${topic}"${didYouMean(topic, topics)}`);
}

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
