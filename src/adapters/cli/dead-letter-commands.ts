import type { Command } from 'commander';
import type { Act } from './act.ts';
import type { GoingOnFlags } from './commands/going-on.ts';
import { following, runArgument } from './run-options.ts';

/** The commands about tasks that failed for good. */
export function addDeadLetterCommands(program: Command, act: Act): void {
  const letters = program
    .command('dead-letters')
    .description('the tasks that failed for good and took their run with them, or had it pause')
    .helpCommand(false);
  letters
    .command('list', { isDefault: true })
    .description('those that nobody has gone on with or dropped, the latest first')
    .action(
      act(async (invocation, _flags: object) => {
        const { listDeadLetters } = await import('./commands/dead-letters.ts');
        return listDeadLetters(invocation);
      }),
    );
  letters
    .command('show')
    .argument('<run>', runArgument)
    .description('what went wrong in a run, and what can be done')
    .action(
      act(async (invocation, run: string, _flags: object) => {
        const { showDeadLetters } = await import('./commands/dead-letters.ts');
        return showDeadLetters(invocation, run);
      }),
    );
  addAnswers(letters, act);
}

function addAnswers(letters: Command, act: Act): void {
  following(letters.command('retry'))
    .argument('<run>', runArgument)
    .description('go on from what failed, with new attempts, and follow the run')
    .option('--reason <text>', 'why; kept in the journal')
    .action(
      act(async (invocation, run: string, flags: GoingOnFlags & { reason?: string }) => {
        const { retryDeadLetters } = await import('./commands/dead-letters.ts');
        return retryDeadLetters(invocation, run, flags);
      }),
    );
  letters
    .command('drop')
    .argument('<run>', runArgument)
    .description('list it no more; the run and its journal stay')
    .option('--reason <text>', 'why; kept in the journal')
    .option('--as <name>', 'who does it')
    .action(
      act(async (invocation, run: string, flags: { as?: string; reason?: string }) => {
        const { dropDeadLetters } = await import('./commands/dead-letters.ts');
        return dropDeadLetters(invocation, run, flags);
      }),
    );
}
