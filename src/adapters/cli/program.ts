import { Command, CommanderError, Option } from 'commander';
import { actWith } from './act.ts';
import { addAgentCommands } from './agent-commands.ts';
import type { CliApp, CliIo } from './app.ts';
import { addAuditCommands } from './audit-commands.ts';
import { CliFailure, failureOf } from './cli-failure.ts';
import { addDashboardCommands } from './dashboard-commands.ts';
import { addDemoCommands } from './demo-commands.ts';
import { addEventCommands } from './event-commands.ts';
import { addExecutionCommands } from './execution-commands.ts';
import type { ExitCode } from './exit-codes.ts';
import { addHelpCommand } from './help-command.ts';
import { addProjectCommands } from './project-commands.ts';
import { addQuestionCommands, addRunCommands } from './run-commands.ts';
import { addTestCommands } from './test-commands.ts';
import { addTriggerCommands } from './trigger-commands.ts';
import { addWorkerCommands } from './worker-commands.ts';

/** Runs one command line, without `node` and the script. Resolves with the exit code, never rejects. */
export async function runCli(argv: readonly string[], app: CliApp, io: CliIo): Promise<number> {
  if (argv.length === 0) {
    io.stdout(shortHelp);
    return 0;
  }
  if (argv[0] === '--version') {
    const { versionText } = await import('./version.ts');
    io.stdout(`${versionText()}\n`);
    return 0;
  }
  let exit: ExitCode = 0;
  const program = createProgram(app, io, (code) => {
    exit = code;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    const named = argv.find((word) => program.commands.some((each) => each.name() === word));
    return reportFailure(error, { argv, io, named });
  }

  return exit;
}

/** The commands, as commander knows them. Nothing but commander is loaded until one of them is called. */
export function createProgram(app: CliApp, io: CliIo, onDone: (exit: ExitCode) => void = () => {}): Command {
  const program = new Command('workflow')
    .description(
      'Durable workflows: a YAML file runs as a statechart, every transition is an event in NATS JetStream.',
    )
    .option('--project <folder>', 'the folder of the project (default: the nearest that looks like one)')
    .option('--json', 'one JSON document on stdout, errors as JSON on stderr')
    .addOption(
      new Option('--time <style>', 'how times are shown').choices(['relative', 'local', 'utc', 'iso']),
    )
    .option('--quiet', 'no progress and no hints')
    .addOption(new Option('--color <when>', 'colours').choices(['auto', 'always', 'never']).default('auto'))
    .option('--ascii', 'only ASCII characters')
    .helpCommand(false)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout(text),
      writeErr: () => {},
      getOutHelpWidth: () => io.columns,
    })
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', helpFooter);
  const act = actWith(app, io, onDone);
  addRunCommands(program, act);
  addQuestionCommands(program, act);
  addEventCommands(program, act);
  addExecutionCommands(program, act);
  addAuditCommands(program, act);
  addProjectCommands(program, act);
  addTestCommands(program, act);
  addTriggerCommands(program, act);
  addAgentCommands(program, act);
  addWorkerCommands(program, act);
  addDashboardCommands(program, act);
  addDemoCommands(program, act);
  addHelpCommand(program, act);

  return program;
}

type Given = { readonly argv: readonly string[]; readonly io: CliIo; readonly named: string | undefined };

async function reportFailure(error: unknown, { argv, io, named }: Given): Promise<number> {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const failure = failureOf(error instanceof CommanderError ? usageFailure(error, named) : error);
  const { createOutput } = await import('./output.ts');
  const json = argv.includes('--json');
  createOutput(io, { json, color: 'auto', ascii: argv.includes('--ascii') }).failure(failure);

  return failure.exit;
}

/** `error: unknown command 'strat'\n(Did you mean start?)` without what we say ourselves. */
function usageFailure({ message }: CommanderError, named: string | undefined): CliFailure {
  const [first = '', ...rest] = message.replace(/^error: /, '').split('\n');
  const fix = rest.join(' ').replace(/^\(|\)$/g, '');

  const help = named === undefined ? 'workflow --help' : `workflow ${named} --help`;

  return new CliFailure('usage.command-line', first, fix === '' ? help : fix);
}

const helpFooter = '\nExit codes: workflow help exit-codes\nVersion: workflow --version';

const shortHelp = `workflow: durable workflows on NATS JetStream

  workflow definitions            what there is to start
  workflow start <definition>     start a run and follow it
  workflow status                 how the runs are, and which need someone

All commands: workflow --help
`;
