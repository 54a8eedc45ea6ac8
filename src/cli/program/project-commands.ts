import { type Command, Option } from 'commander';
import type { Act } from '../act.ts';
import type { ChartFlags } from '../commands/definitions/chart.ts';
import type { CheckFlags } from '../commands/definitions/check.ts';
import type { ImportFlags } from '../commands/definitions/import.ts';
import type { PublishFlags } from '../commands/definitions/publish.ts';
import type { TypesFlags } from '../commands/definitions/types.ts';
import type { FenceFlags, RestoreFlags } from '../commands/engine/backup.ts';
import type { DoctorFlags } from '../commands/engine/doctor.ts';
import type { ServeFlags } from '../commands/engine/engine.ts';
import type { PageFlags } from '../commands/paged-list.ts';
import type { TestFlags } from '../test/asked.ts';
import { addAccessCommands } from './access-commands.ts';
import { addErasureCommands } from './control-commands.ts';
import { annotationsOption, collect, paged } from './run-options.ts';
import { addOwnServerCommands } from './worker-commands.ts';

/** The commands about the project: its definitions, its engine, its server. */
export function addProjectCommands(program: Command, act: Act): void {
  program
    .command('check')
    .argument(
      '[files...]',
      'definition files, agents.yaml, or folders of them (default: those of the project)',
    )
    .option('--offline', 'ask no server what is registered and who works, also where one is running')
    .option(
      '--deep',
      'play each definition through, too: dead ends, tasks that never run, endless loops, races',
    )
    .option('--counterexamples <folder>', 'with --deep: write a run for each finding here, to be replayed')
    .option(
      '--scenes-max <count>',
      'with --deep: how many scenes of a definition are looked at (default: 20000)',
    )
    .option(...annotationsOption)
    .description(
      'everything that is wrong with definitions and agents.yaml, with line, column and what was likely meant',
    )
    .action(
      act(async (invocation, files: readonly string[], flags: CheckFlags) => {
        const { check } = await import('../commands/definitions/check.ts');
        return check(invocation, files, flags);
      }),
    );
  addDefinitionCommands(program, act);
  addChartCommand(program, act);
  addGraphCommand(program, act);
  addTypesCommand(program, act);
  addEditorCommand(program, act);
  addImportCommand(program, act);
  addServerCommands(program, act);
}

function addChartCommand(program: Command, act: Act): void {
  program
    .command('chart')
    .argument('<definition>', 'a definition file, the id of a definition, or id@version')
    .addOption(
      new Option('--format <format>', 'what is printed')
        .choices(['xstate', 'mermaid', 'tasks', 'svg', 'json'])
        .default('mermaid'),
    )
    .description('the XState machine that a definition compiles to: its code, a diagram, or its JSON')
    .action(
      act(async (invocation, name: string, flags: ChartFlags) => {
        const { chartCommand } = await import('../commands/definitions/chart.ts');
        return chartCommand(invocation, name, flags);
      }),
    );
}

function addEditorCommand(program: Command, act: Act): void {
  program
    .command('lsp')
    .option('--stdio', 'speak over stdin and stdout, which it always does: some editors add this')
    .description(
      'what an editor asks: problems, completion, definitions, renaming; the Language Server Protocol',
    )
    .action(
      act(async (invocation, _flags: object) => {
        const { lsp } = await import('../commands/definitions/lsp.ts');
        return lsp(invocation);
      }),
    );
}

function addGraphCommand(program: Command, act: Act): void {
  program
    .command('graph')
    .argument('<name>', 'a definition file, the id of a definition, or a run: its id, @last or @failed')
    .description(
      'the tasks as boxes and what follows from what, drawn in the terminal; of a run, the way it went',
    )
    .action(
      act(async (invocation, name: string, _flags: object) => {
        const { graphCommand } = await import('../commands/definitions/graph.ts');
        return graphCommand(invocation, name);
      }),
    );
}

function addTypesCommand(program: Command, act: Act): void {
  program
    .command('types')
    .option('--out <file>', 'write here (default: stdout)')
    .option('--check', 'write nothing; exit code 2 if the file of --out is not what would be written')
    .description(
      'what the definitions of the project take and give, as TypeScript: clients in a program know them then',
    )
    .action(
      act(async (invocation, flags: TypesFlags) => {
        const { types } = await import('../commands/definitions/types.ts');
        return types(invocation, flags);
      }),
    );
}

function addImportCommand(program: Command, act: Act): void {
  program
    .command('import')
    .argument('<file>', 'a Conductor workflow definition in JSON, or several; - for stdin')
    .option('--out <path>', 'write here: a file, or a folder for several definitions (default: stdout)')
    .option('--report <file>', 'write what has no exact equivalent here, as JSON for .json, else as text')
    .option('--tasks <file>', 'the task definitions, which hold retries and time-outs, as JSON')
    .option('--strict', 'refuse a definition of which anything has no equivalent')
    .option('--force', 'overwrite files that exist')
    .description('turn workflow definitions of Conductor into definitions, and say what has no equivalent')
    .action(
      act(async (invocation, file: string, flags: ImportFlags) => {
        const { importDefinitions } = await import('../commands/definitions/import.ts');
        return importDefinitions(invocation, file, flags);
      }),
    );
}

function addServeCommand(program: Command, act: Act): void {
  program
    .command('serve')
    .option('--drain <time>', 'how long attempts under way may take to end when it is stopped', '10s')
    .option('--bundle [hash]', 'serve this bundle, or whichever is current, in an empty folder')
    .option('--http <address>', 'where the dashboard is: [host:]port (default: 127.0.0.1:7420)')
    .option('--no-http', 'no dashboard and no HTTP API')
    .option('--read-only', 'nothing can be changed over HTTP')
    .option('--allow-host <name>', 'a name that it is reached by over HTTP, too; may be repeated', collect)
    .option('--trust-proxy', 'believe what a proxy says of a request: whether it came over https')
    .description('run an engine that shares all runs of the project with the others, until it is stopped')
    .action(
      act(async (invocation, flags: ServeFlags) => {
        const { serveCommand: serve } = await import('../commands/engine/engine.ts');
        return serve(invocation, flags);
      }),
    );
}

function addServerCommands(program: Command, act: Act): void {
  addServeCommand(program, act);
  program
    .command('doctor')
    .description(
      'what runs need, whether it is there, and how to get it; and whether their journals are sound',
    )
    .option('--all', 'verify the runs that have ended, too')
    .option('--limit <count>', 'how many damaged runs are named at most', '1000')
    .option('--after <run>', 'only runs behind this one, such as the last that was named')
    .option('--repair', 'say for every damaged run what can be done')
    .option(
      '--yes',
      'with --repair: do it, as far as no journal is written (read what --repair says first); no journal is written',
    )
    .action(
      act(async (invocation, flags: DoctorFlags) => {
        const { doctorCommand: doctor } = await import('../commands/engine/doctor.ts');
        return doctor(invocation, flags);
      }),
    );
  addBackupCommands(program, act);
  addErasureCommands(program, act);
  addFenceCommand(program, act);
  addAccessCommands(program, act);
  addOwnServerCommands(program, act);
}

function addBackupCommands(program: Command, act: Act): void {
  program
    .command('backup')
    .argument('<folder>', 'the folder to make')
    .description(
      'copy all runs, definitions, events and secrets of the namespace into a folder, while engines go on',
    )
    .action(
      act(async (invocation, folder: string) => {
        const { backupCommand: backup } = await import('../commands/engine/backup.ts');
        return backup(invocation, folder);
      }),
    );
  program
    .command('restore')
    .argument('<folder>', 'a folder that `workflow backup` has made')
    .option(
      '--fence <server>',
      'fence the site off that was backed up: the address of its server, or its project folder',
    )
    .addOption(
      new Option(
        '--old-site-is-down',
        'in place of --fence: it is gone for good, and none of its engines comes back',
      ).conflicts('fence'),
    )
    .description('bring a backup to a server that has nothing of its namespace')
    .action(
      act(async (invocation, folder: string, flags: RestoreFlags) => {
        const { restoreCommand: restore } = await import('../commands/engine/backup.ts');
        return restore(invocation, { ...flags, folder });
      }),
    );
  program
    .command('drill')
    .description(
      'back up, restore on a server of its own, verify every run there, and say how long that takes',
    )
    .action(
      act(async (invocation) => {
        const { drillCommand: drill } = await import('../commands/engine/backup.ts');
        return drill(invocation);
      }),
    );
}

function addFenceCommand(program: Command, act: Act): void {
  program
    .command('fence')
    .option('--lift', 'take the fence away: only if no other site goes on with these runs')
    .description(
      'have the server store nothing more for the runs of the namespace: another site goes on with them',
    )
    .action(
      act(async (invocation, flags: FenceFlags) => {
        const { fenceCommand: fence } = await import('../commands/engine/backup.ts');
        return fence(invocation, flags);
      }),
    );
}

/** The commands about definitions and their versions. */
function addDefinitionCommands(program: Command, act: Act): void {
  const definitions = program
    .command('definitions')
    .description('the definitions of the project, and those that runs were started from; their versions')
    .helpCommand(false);
  paged(definitions.command('list', { isDefault: true }))
    .description('the definitions of the project, and those that runs were started from')
    .action(
      act(async (invocation, flags: PageFlags) => {
        const { definitions: list } = await import('../commands/definitions/definitions.ts');
        return list(invocation, flags);
      }),
    );
  definitions
    .command('show')
    .argument('<definition>', 'the id of a definition, id@version for a certain one, or a file')
    .description('the text of a definition as it was registered')
    .action(
      act(async (invocation, name: string, _flags: object) => {
        const { showDefinition } = await import('../commands/definitions/definition-text.ts');
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
        const { diffDefinitions } = await import('../commands/definitions/definition-text.ts');
        return diffDefinitions(invocation, one, other);
      }),
    );
  addPublish(definitions, act);
}

function addPublish(definitions: Command, act: Act): void {
  definitions
    .command('publish')
    .argument('[file]', 'a definition file; without it the whole project, as a bundle')
    .description(
      'register a version, if the latest runs of the version before would have gone the same way; exit code 7 if not',
    )
    .option('--runs <count>', 'how many of the latest runs to compare', '20')
    .option('--accept-differences', 'register it although runs would have gone another way')
    .option('--accept-files', 'publish a bundle although something in it works with files of the folder')
    .option('--dry-run', 'compare, and register nothing')
    .option(
      '--migrate',
      'then have runs under way of earlier versions go on by it, where that changes nothing so far',
    )
    .option('--reason <text>', 'why; kept with the version')
    .option('--as <name>', 'who does it')
    .action(
      act(async (invocation, file: string | undefined, flags: PublishFlags) => {
        const { publish, publishBundle } = await import('../commands/definitions/publish.ts');
        return file === undefined ? publishBundle(invocation, flags) : publish(invocation, file, flags);
      }),
    );
}

/** The command that tests definitions before they run. */
export function addTestCommands(program: Command, act: Act): void {
  program
    .command('test')
    .argument('[definitions...]', 'definition files, folders of them, or ids (default: all of the project)')
    .option('--min-coverage <percent>', 'how many of the transitions that can happen must be covered')
    .option('--scenes-max <count>', 'how many scenes of a definition are looked at, at most', '20000')
    .option('--verbose', 'every scenario, with its way')
    .option('--junit <file>', 'write a JUnit report here')
    .option('--emit <form...>', 'write the scenarios as tests: vitest, then the file (default: stdout)')
    .option('--write-scenarios <file>', 'write the scenarios here, as JSON')
    .option(...annotationsOption)
    .description(
      'play a definition through on the real engine: every transition that can happen, and the cases of <name>.test.yaml',
    )
    .action(
      act(async (invocation, names: readonly string[], flags: TestFlags) => {
        const { testDefinitions } = await import('../commands/definitions/test.ts');
        return testDefinitions(invocation, names, flags);
      }),
    );
}
