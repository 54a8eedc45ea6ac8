import type { Command } from 'commander';
import type { Act } from '../act.ts';
import { CliFailure } from '../cli-failure.ts';

/** `workflow help [topic]`: help of a command, the exit codes, or the reference as Markdown. */
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
}

async function topicText(program: Command, topic: string | undefined): Promise<string> {
  if (topic === undefined) return program.helpInformation();
  if (topic === 'exit-codes') return (await import('../exit-codes.ts')).exitCodesText();
  if (topic === 'reference') return (await import('./reference.ts')).referenceText(program);
  const command = program.commands.find((each) => each.name() === topic);
  if (command !== undefined) return command.helpInformation();

  const { didYouMean } = await import('../../../machines/language/suggest.ts');
  const topics = [...program.commands.map((each) => each.name()), 'exit-codes', 'reference'];
  throw new CliFailure('usage.topic', `there is no help about "${topic}"${didYouMean(topic, topics)}`);
}
