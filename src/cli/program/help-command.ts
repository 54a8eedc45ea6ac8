import type { Command, Option } from 'commander';
import type { Act } from '../act.ts';
import { CliFailure } from '../cli-failure.ts';
import { exitCodes, exitCodesText } from '../exit-codes.ts';
import { examples } from './examples.ts';
import { commandCalled } from './run-options.ts';

/** `workflow help [topic]`: help of a command, the exit codes, the reference as Markdown; `workflow explain [code]`. */
export function addHelpCommand(program: Command, act: Act): void {
  program
    .command('help')
    .argument('[topic...]', 'a command, exit-codes, or reference (all commands as Markdown)')
    .description('help about a command or a topic')
    .action(
      act(async ({ output }, words: readonly string[], _flags: object) => {
        const text = await topicText(program, words);
        output.document('Help', { topic: words.length === 0 ? 'workflow' : words.join(' '), text });
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

/** `workflow completion <shell>`: commands, options, and the names of what there is, completed by the tab key. */
export function addCompletionCommand(program: Command, act: Act): void {
  program
    .command('completion')
    .argument('<shell>', 'bash, zsh or fish; reply is what their scripts ask')
    .argument('[words...]', 'with reply: the words so far')
    .description(
      'what a shell reads to complete commands, options, and ids of runs, tasks, definitions and agents',
    )
    .action(
      act(async (invocation, shell: string, words: readonly string[], _flags: object) => {
        const { completion } = await import('../commands/engine/completion.ts');
        return completion(invocation, { program, shell, words });
      }),
    );
}

async function topicText(program: Command, words: readonly string[]): Promise<string> {
  const topic = words.join(' ');
  if (topic === 'exit-codes') return exitCodesText();
  if (topic === 'reference') return referenceText(program);
  let command: Command = program;
  for (const word of words) {
    const next = commandCalled(command, word);
    if (next === undefined) return noSuchTopic(topic, word, command);
    command = next;
  }

  return helpText(command);
}

/** All that `--help` prints, examples included. */
function helpText(command: Command): string {
  let text = '';
  command.configureOutput({
    ...command.configureOutput(),
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();

  return text;
}

async function noSuchTopic(topic: string, word: string, { commands }: Command): Promise<never> {
  const { didYouMean } = await import('../../../machines/language/suggest.ts');
  const topics = [...commands.map((each) => each.name()), 'exit-codes', 'reference'];
  throw new CliFailure('usage.topic', `there is no help about "${topic}"${didYouMean(word, topics)}`);
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
    ...exampleLines(name),
    ...command.commands.flatMap((each) => commandSection(each, name)),
  ];
}

/** Those of a command itself, not of what is below it. */
function exampleLines(name: string): readonly string[] {
  const lines = examples[name.slice('workflow '.length)] ?? [];

  return lines.length === 0 ? [] : ['```sh', ...lines.map((line) => `workflow ${line}`), '```', ''];
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
