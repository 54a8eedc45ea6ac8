import { Command, CommanderError, Option } from 'commander';
import { type Act, actWith } from '../act.ts';
import type { CliApp, CliIo } from '../app.ts';
import { type CliFailure, cliFailureOf } from '../cli-failure.ts';
import type { DrainFlags, MoveFlags } from '../commands/engine/agents.ts';
import type { AuditExportFlags } from '../commands/engine/audit-export.ts';
import type { AuditVerifyFlags, PublicKeyFlags } from '../commands/engine/audit-verify.ts';
import type { DashboardFlags } from '../commands/engine/dashboard.ts';
import type { DemoFlags } from '../commands/engine/demo.ts';
import type { PageFlags } from '../commands/paged-list.ts';
import type { QueryFlags } from '../commands/runs/query.ts';
import type { ExecutionFlags } from '../commands/triggers/executions.ts';
import type { ExitCode } from '../exit-codes.ts';
import { addDevCommands } from './dev-commands.ts';
import { addExamples } from './examples.ts';
import { addGalleryCommands } from './gallery-commands.ts';
import { addCompletionCommand, addHelpCommand } from './help-command.ts';
import { addOperationCommands, type KnownOperations, productOperations } from './operation-commands.ts';
import { addProjectCommands, addTestCommands } from './project-commands.ts';
import { addQuestionCommands, addRunCommands } from './run-commands.ts';
import { collect, paged, runArgument, whereOption } from './run-options.ts';
import { addBridgeCommand, addEventCommands, addTriggerCommands } from './trigger-commands.ts';
import { addWorkerCommands } from './worker-commands.ts';

/** Runs one command line, without `node` and the script. Resolves with the exit code, never rejects. */
export async function runCli(
  argv: readonly string[],
  app: CliApp,
  io: CliIo,
  operations: KnownOperations = productOperations,
): Promise<number> {
  if (argv.length === 0) {
    io.stdout(shortHelp);
    return 0;
  }
  if (argv[0] === '--version') {
    const { versionText } = await import('../version.ts');
    io.stdout(`${versionText()}\n`);
    return 0;
  }
  let exit: ExitCode = 0;
  const onDone = (code: ExitCode) => {
    exit = code;
  };
  const program = createProgram(app, io, onDone, operations);
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    return reportFailure(error, { argv, io, program });
  }

  return exit;
}

/** The commands, as commander knows them. Nothing but commander is loaded until one of them is called. */
export function createProgram(
  app: CliApp,
  io: CliIo,
  onDone: (exit: ExitCode) => void = () => {},
  operations: KnownOperations = productOperations,
): Command {
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
  addCommands(program, act);
  addBridgeCommand(program, act, (words, at) => runCli(words, app, at, operations));
  addOperationCommands(program, act, operations);
  addExamples(program);

  return program;
}

/** The commands that show more than what is answered, or ask on the way. */
function addCommands(program: Command, act: Act): void {
  addRunCommands(program, act);
  addQuestionCommands(program, act);
  addEventCommands(program, act);
  addExecutionCommands(program, act);
  addAuditCommands(program, act);
  addArchiveCommands(program, act);
  addDevCommands(program, act);
  addProjectCommands(program, act);
  addGalleryCommands(program, act);
  addTestCommands(program, act);
  addTriggerCommands(program, act);
  addAgentCommands(program, act);
  addWorkerCommands(program, act);
  addDashboardCommands(program, act);
  addDemoCommands(program, act);
  addHelpCommand(program, act);
  addCompletionCommand(program, act);
}

type Given = { readonly argv: readonly string[]; readonly io: CliIo; readonly program: Command };

async function reportFailure(error: unknown, { argv, io, program }: Given): Promise<number> {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const failure = cliFailureOf(error instanceof CommanderError ? await misused(error, program, argv) : error);
  const { createOutput } = await import('../output.ts');
  const json = argv.includes('--json');
  createOutput(io, { json, color: 'auto', ascii: argv.includes('--ascii') }).failure(failure);

  return failure.exit;
}

async function misused(
  error: CommanderError,
  program: Command,
  argv: readonly string[],
): Promise<CliFailure> {
  const { usageFailure } = await import('./wrong-guesses.ts');

  return usageFailure(error, program, argv);
}

const helpFooter = '\nExit codes: workflow help exit-codes\nVersion: workflow --version';

const shortHelp = `workflow: durable workflows on NATS JetStream

  workflow definitions            what there is to start
  workflow start <definition>     start a run and follow it
  workflow status                 how the runs are, and which need someone

All commands: workflow --help
`;

/** The commands about who carries tasks out. */
function addAgentCommands(program: Command, act: Act): void {
  const agents = program
    .command('agents')
    .description('who carries tasks out: the agents of agents.yaml, and those whose workers are there')
    .helpCommand(false);
  paged(agents.command('list', { isDefault: true }))
    .description('all agents, how busy they are and what waits for them')
    .action(
      act(async (invocation, flags: PageFlags) => {
        const { listAgents } = await import('../commands/engine/agents.ts');
        return listAgents(invocation, flags);
      }),
    );
  agents
    .command('show')
    .argument('<agent>', 'the name of an agent')
    .description('everything about an agent, and its workers')
    .action(
      act(async (invocation, agent: string, _flags: object) => {
        const { showAgent } = await import('../commands/engine/agents.ts');
        return showAgent(invocation, agent);
      }),
    );
  for (const verb of ['drain', 'resume'] as const) addDrain(agents, act, verb);
  addMove(agents, act);
}

function addMove(agents: Command, act: Act): void {
  agents
    .command('move')
    .argument('<agent>', 'the name of an agent')
    .description('move an agent to another team of enterprise.yaml, whatever agents.yaml says')
    .addOption(new Option('--team <team>', 'the team').conflicts('back'))
    .option('--back', 'back to what agents.yaml and enterprise.yaml say')
    .option('--reason <text>', 'why; shown with the agent')
    .option('--as <name>', 'who does it')
    .action(
      act(async (invocation, agent: string, flags: MoveFlags) => {
        const { moveAgent } = await import('../commands/engine/agents.ts');
        return moveAgent(invocation, agent, flags);
      }),
    );
}

function addDrain(agents: Command, act: Act, verb: 'drain' | 'resume'): void {
  const command = agents
    .command(verb)
    .argument('<agent>', 'the name of an agent')
    .description(
      verb === 'drain'
        ? 'give an agent nothing new until `workflow agents resume`; what it has under way goes on'
        : 'give work again to an agent that is draining',
    )
    .option('--as <name>', 'who does it');
  if (verb === 'drain') command.option('--reason <text>', 'why; shown where runs wait for the agent');
  command.action(
    act(async (invocation, agent: string, flags: DrainFlags) => {
      const { drainAgent, resumeAgent } = await import('../commands/engine/agents.ts');
      return verb === 'drain' ? drainAgent(invocation, agent, flags) : resumeAgent(invocation, agent, flags);
    }),
  );
}

/** The commands that make the history of a run verifiable without its server. */
function addAuditCommands(program: Command, act: Act): void {
  const audit = program
    .command('audit')
    .description('a run as a file that anybody can verify: its records, its definition, every hash')
    .helpCommand(false);
  audit
    .command('export')
    .argument('<run>', runArgument)
    .description('write a run as one file that needs neither the project nor the server to be verified')
    .option('--out <file>', 'the file to write (default: stdout)')
    .option('--sign', 'sign it with the key of the project, made when it is first needed')
    .action(
      act(async (invocation, run: string, flags: AuditExportFlags) => {
        const { auditExport } = await import('../commands/engine/audit-export.ts');
        return auditExport(invocation, run, flags);
      }),
    );
  audit
    .command('verify')
    .argument('<file>', 'a file of workflow audit export, or a receipt')
    .description(
      'verify an export offline, or a receipt by its run, and name all that is wrong; exit code 7 if anything is',
    )
    .option('--export <file>', 'of a receipt: take its run from this export, without the project')
    .option('--public-key <file>', 'trust this key instead of those of the project; may be repeated', collect)
    .action(
      act(async (invocation, file: string, flags: AuditVerifyFlags) => {
        const { auditVerify } = await import('../commands/engine/audit-verify.ts');
        return auditVerify(invocation, file, flags);
      }),
    );
  addKeys(audit, act);
}

/** The commands about runs that have left the journal. */
function addArchiveCommands(program: Command, act: Act): void {
  const archives = program
    .command('archives')
    .description('runs that have left the journal: the segments of the archive')
    .helpCommand(false);
  archives
    .command('list', { isDefault: true })
    .description('all segments, the latest first')
    .action(
      act(async (invocation, _flags: object) => {
        const { listArchives } = await import('../commands/engine/archives.ts');
        return listArchives(invocation);
      }),
    );
  archives
    .command('verify')
    .argument('[segments...]', 'names of segments (default: all)')
    .description(
      'verify the signature and the Merkle root of each segment, and every hash of its runs; exit code 7 if anything is wrong',
    )
    .option('--public-key <file>', 'trust this key instead of those of the project; may be repeated', collect)
    .action(
      act(async (invocation, segments: readonly string[], flags: PublicKeyFlags) => {
        const { verifyArchives } = await import('../commands/engine/archives.ts');
        return verifyArchives(invocation, segments, flags);
      }),
    );
}

function addKeys(audit: Command, act: Act): void {
  const keys = audit
    .command('keys')
    .description('the Ed25519 keys that exports of this project are signed with')
    .helpCommand(false);
  keys
    .command('list', { isDefault: true })
    .description('all public keys, and from when until when each counts')
    .action(
      act(async (invocation, _flags: object) => {
        const { auditKeys } = await import('../commands/engine/audit-keys.ts');
        return auditKeys(invocation);
      }),
    );
  keys
    .command('rotate')
    .description('make a new key to sign with; what older ones signed still verifies')
    .action(
      act(async (invocation, _flags: object) => {
        const { rotateAuditKeys } = await import('../commands/engine/audit-keys.ts');
        return rotateAuditKeys(invocation);
      }),
    );
}

/** The command for whoever looks on in a terminal. */
function addDashboardCommands(program: Command, act: Act): void {
  program
    .command('dashboard')
    .alias('top')
    .description(
      'all runs, live, in the terminal: details, logs, pause, resume, end; the runs go on when you leave',
    )
    .option('--read-only', 'only look: nothing can be paused, resumed or ended')
    .option('--plain', 'a line for every change instead of a screen, as where there is no terminal')
    .option(
      '--as <name>',
      'who pauses, resumes and ends (default: WORKFLOW_USER, else the user that is logged in)',
    )
    .action(
      act(async (invocation, flags: DashboardFlags) => {
        const { dashboard } = await import('../commands/engine/dashboard.ts');
        return dashboard(invocation, flags);
      }),
    );
}

/** The command that shows what there is to see. */
function addDemoCommands(program: Command, act: Act): void {
  program
    .command('demo')
    .argument('[name]', 'which one; without it they are listed')
    .option('--into <folder>', 'make the project of the demo here (default: 3ox-demo-<name>)')
    .option('--ask', 'ask for each approval on the terminal; a stand-in for the commander gives it otherwise')
    .description('a definition with its trigger and agents at work, in a project and on a server of its own')
    .action(
      act(async (invocation, name: string | undefined, flags: DemoFlags) => {
        const { demo } = await import('../commands/engine/demo.ts');
        return demo(invocation, name, flags);
      }),
    );
}

/** The commands about what was carried out. */
function addExecutionCommands(program: Command, act: Act): void {
  program
    .command('query')
    .argument('<sql>', 'one SELECT over runs, tasks, attempts, events and workflow_executions')
    .description('ask all runs in SQL, which can only read')
    .option('--limit <count>', 'so many rows at most', '1000')
    .option(whereOption[0], 'whose tasks, attempts, events and executions are asked', collect)
    .addOption(new Option('--format <format>', 'how').choices(['table', 'csv']))
    .action(
      act(async (invocation, sql: string, flags: QueryFlags) => {
        const { query } = await import('../commands/runs/query.ts');
        return query(invocation, sql, flags);
      }),
    );
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
    .option('--after <run>', 'only those behind this run, such as the last of the page before')
    .addOption(new Option('--format <format>', 'how').choices(['table', 'json', 'csv', 'sql']))
    .option('--summary', 'by trigger: how many, how many succeeded, how long they took, how many agents')
    .action(
      act(async (invocation, flags: ExecutionFlags) => {
        const { executionsCommand: executions } = await import('../commands/triggers/executions.ts');
        return executions(invocation, flags);
      }),
    );
}
