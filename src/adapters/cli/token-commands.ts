import { type Command, Option } from 'commander';
import type { Act } from './act.ts';
import type { AddTokenFlags } from './commands/tokens.ts';

/** The commands about what opens the HTTP API from elsewhere. */
export function addTokenCommands(program: Command, act: Act): void {
  const tokens = program
    .command('tokens')
    .description('tokens that open the HTTP API and the dashboard')
    .helpCommand(false);
  tokens
    .command('list', { isDefault: true })
    .description('all tokens: whose they are, how far they reach, when they expire')
    .action(
      act(async (invocation, _flags: object) => {
        const { listTokens } = await import('./commands/tokens.ts');
        return listTokens(invocation);
      }),
    );
  addAdding(tokens, act);
  tokens
    .command('revoke')
    .argument('<id>', 'as `workflow tokens list` shows it')
    .description('have a token open nothing any more, at once')
    .action(
      act(async (invocation, id: string, _flags: object) => {
        const { revokeToken } = await import('./commands/tokens.ts');
        return revokeToken(invocation, id);
      }),
    );
}

function addAdding(tokens: Command, act: Act): void {
  tokens
    .command('add')
    .argument('<name>', 'whose name stands in the journal for what is done with it')
    .addOption(
      new Option('--level <level>', 'what it opens at most, whatever its principal may do')
        .choices(['L0', 'L1', 'L2', 'L3'])
        .default('L1'),
    )
    .option('--domain <name>', 'with L2: the domain whose definitions it starts')
    .option('--expires <time>', 'after which it opens nothing any more, such as 30d (default: never)')
    .description('make a token; it is shown this once')
    .addHelpText(
      'after',
      '\nL0 and L1 reach for everything, L2 starts runs of its domain, answers, signals and emits, L3 looks, and' +
        '\nanswers what asks it by name.' +
        '\n\nExample:\n  workflow tokens add ada --level L2 --domain sales --expires 30d',
    )
    .action(
      act(async (invocation, name: string, flags: AddTokenFlags) => {
        const { addToken } = await import('./commands/tokens.ts');
        return addToken(invocation, name, flags);
      }),
    );
}
