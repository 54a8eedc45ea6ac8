import { type Command, Option } from 'commander';
import type { Act } from './act.ts';
import type { ExecutionFlags } from './commands/executions.ts';

/** The command about what was carried out. */
export function addExecutionCommands(program: Command, act: Act): void {
  program
    .command('executions')
    .description(
      'the record of every execution: what started it, which agents, how it ended, with what result',
    )
    .option(
      '--trigger <id>',
      'only those that this trigger started, <id> or <definition>/<id>; also manual, sub-workflow',
    )
    .option('--definition <id>', 'only runs of this definition')
    .option('--since <time>', 'only those started since: 7d, 12h, or a time such as 2026-01-31T09:00:00Z')
    .option('--limit <count>', 'at most so many, the latest (default: all; as a table 50)')
    .addOption(new Option('--format <format>', 'how').choices(['table', 'json', 'csv', 'sql']))
    .option('--summary', 'by trigger: how many, how many succeeded, how long they took, how many agents')
    .action(
      act(async (invocation, flags: ExecutionFlags) => {
        const { executions } = await import('./commands/executions.ts');
        return executions(invocation, flags);
      }),
    );
}
