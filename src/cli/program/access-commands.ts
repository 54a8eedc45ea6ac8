import { type Command, Option } from 'commander';
import type { Act } from '../act.ts';
import type { LoginFlags } from '../commands/engine/login.ts';
import type { McpFlags } from '../commands/engine/mcp.ts';
import type { NatsConfigFlags } from '../commands/engine/nats-config.ts';
import type { AddTokenFlags, OwnTokenFlags } from '../commands/engine/tokens.ts';
import { collect } from './run-options.ts';

/** The commands about who may do what, on the NATS server and over HTTP. */
export function addAccessCommands(program: Command, act: Act): void {
  addNatsConfigCommand(program, act);
  addTokenCommands(program, act);
  addLoginCommands(program, act);
  addMcpCommand(program, act);
}

function addNatsConfigCommand(program: Command, act: Act): void {
  program
    .command('nats-config')
    .option('--out <folder>', 'write here (default: .3ox/nats in the project)')
    .option('--server <addresses>', 'where the server listens; several with commas', 'nats://127.0.0.1:4222')
    .option('--agent <name>', 'a user for the workers of this agent, too (may be repeated)', collect)
    .option('--operator <name>', 'a user for this person, too (may be repeated)', collect)
    .option('--observer <name>', 'a user that only looks, in place of "observer" (may be repeated)', collect)
    .option('--force', 'write over what was written before; users keep their passwords')
    .description('users of a NATS server for engines, agents and people, with what each of them may do')
    .action(
      act(async (invocation, flags: NatsConfigFlags) => {
        const { natsConfig } = await import('../commands/engine/nats-config.ts');
        return natsConfig(invocation, flags);
      }),
    );
}

/** The commands about what opens the HTTP API. */
function addTokenCommands(program: Command, act: Act): void {
  program
    .command('token')
    .addOption(
      new Option('--link', 'a link instead that signs a browser in, once, within the hour').conflicts('nats'),
    )
    .option('--nats', "the address of the project's own NATS server instead, with its password, for NATS_URL")
    .description('your own token for the HTTP API of this project; for others: `workflow tokens add`')
    .action(
      act(async (invocation, flags: OwnTokenFlags) => {
        const { ownToken } = await import('../commands/engine/tokens.ts');
        return ownToken(invocation, flags);
      }),
    );
  const tokens = program
    .command('tokens')
    .description('tokens that open the HTTP API and the dashboard')
    .helpCommand(false);
  tokens
    .command('list', { isDefault: true })
    .description('all tokens: whose they are, how far they reach, when they expire')
    .action(
      act(async (invocation, _flags: object) => {
        const { listTokens } = await import('../commands/engine/tokens.ts');
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
        const { revokeToken } = await import('../commands/engine/tokens.ts');
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
        '\nanswers what asks it by name.',
    )
    .action(
      act(async (invocation, name: string, flags: AddTokenFlags) => {
        const { addToken } = await import('../commands/engine/tokens.ts');
        return addToken(invocation, name, flags);
      }),
    );
}

/** The commands that sign a person in at a server, by the provider that its serve.yaml names. */
function addLoginCommands(program: Command, act: Act): void {
  program
    .command('login')
    .option('--server <url>', 'the server to sign in to', 'http://127.0.0.1:7420')
    .option('--token', 'print the token that is kept, for programs that ask over HTTP')
    .description('sign in to a server by a code that you confirm in a browser; the token is kept in .3ox')
    .action(
      act(async (invocation, flags: LoginFlags) => {
        const { login } = await import('../commands/engine/login.ts');
        return login(invocation, flags);
      }),
    );
  program
    .command('logout')
    .description('end the session of `workflow login`, here and at the provider')
    .action(
      act(async (invocation, _flags: object) => {
        const { logout } = await import('../commands/engine/login.ts');
        return logout(invocation);
      }),
    );
}

/** The command that agents and editors start. */
function addMcpCommand(program: Command, act: Act): void {
  program
    .command('mcp')
    .option('--server <url>', 'ask the engine at this address (default with --token: http://127.0.0.1:7420)')
    .option('--token <token>', 'its token; WORKFLOW_TOKEN without, which no list of processes shows')
    .addOption(new Option('--as <name>', 'who asks').conflicts(['server', 'token']))
    .description(
      'an MCP server on stdin and stdout: definitions and operations as tools, for agents and editors',
    )
    .addHelpText(
      'after',
      '\nWithout an address it works in the project itself, as its owner, and on runs that no other engine works on.',
    )
    .action(
      act(async (invocation, flags: McpFlags) => {
        const { mcp } = await import('../commands/engine/mcp.ts');
        return mcp(invocation, flags);
      }),
    );
}
