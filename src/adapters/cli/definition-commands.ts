import type { Command } from 'commander';
import type { Act } from './act.ts';
import type { PublishFlags } from './commands/publish.ts';

/** The commands about definitions and their versions. */
export function addDefinitionCommands(program: Command, act: Act): void {
  const definitions = program
    .command('definitions')
    .description('the definitions of the project, and those that runs were started from; their versions')
    .helpCommand(false);
  definitions
    .command('list', { isDefault: true })
    .description('the definitions of the project, and those that runs were started from')
    .action(
      act(async (invocation, _flags: object) => {
        const { definitions: list } = await import('./commands/definitions.ts');
        return list(invocation);
      }),
    );
  definitions
    .command('show')
    .argument('<definition>', 'the id of a definition, id@version for a certain one, or a file')
    .description('the text of a definition as it was registered')
    .action(
      act(async (invocation, name: string, _flags: object) => {
        const { showDefinition } = await import('./commands/definition-text.ts');
        return showDefinition(invocation, name);
      }),
    );
  definitions
    .command('diff')
    .argument('<one>', 'the id of a definition, id@version for a certain one, or a file')
    .argument('<other>', 'the same')
    .description('the lines that differ between two definitions')
    .action(
      act(async (invocation, one: string, other: string, _flags: object) => {
        const { diffDefinitions } = await import('./commands/definition-text.ts');
        return diffDefinitions(invocation, one, other);
      }),
    );
  addPublish(definitions, act);
}

function addPublish(definitions: Command, act: Act): void {
  definitions
    .command('publish')
    .argument('<file>', 'a definition file')
    .description(
      'register a version, if the latest runs of the version before would have gone the same way; exit code 7 if not',
    )
    .option('--runs <count>', 'how many of the latest runs to compare', '20')
    .option('--accept-differences', 'register it although runs would have gone another way')
    .option('--dry-run', 'compare, and register nothing')
    .option(
      '--migrate',
      'then have runs under way of earlier versions go on by it, where that changes nothing so far',
    )
    .option('--reason <text>', 'why; kept with the version')
    .option('--as <name>', 'who does it')
    .action(
      act(async (invocation, file: string, flags: PublishFlags) => {
        const { publish } = await import('./commands/publish.ts');
        return publish(invocation, file, flags);
      }),
    );
}
