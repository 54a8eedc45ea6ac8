import type { Command } from 'commander';
import type { Act } from './act.ts';
import { addApprovalCommands } from './approval-commands.ts';
import type { ListFlags } from './commands/list.ts';
import type { ReplayFlags } from './commands/replay.ts';
import type { StartFlags } from './commands/start.ts';
import { addControlCommands } from './control-commands.ts';
import { addDeadLetterCommands } from './dead-letter-commands.ts';
import { addProofCommands } from './proof-commands.ts';
import { collect, following, runArgument, whereOption } from './run-options.ts';

/** The commands that start runs and change them. */
export function addRunCommands(program: Command, act: Act): void {
  addStart(program, act);
  addApprovalCommands(program, act);
  addControlCommands(program, act);
  addDeadLetterCommands(program, act);
}

function addStart(program: Command, act: Act): void {
  const command = following(program.command('start'))
    .argument('[definition]', 'a definition file, or the id of a definition (id@version for a certain one)')
    .description('start a run and follow it until it ends or waits for a person')
    .option('-i <name=value>', 'an input whose name is also a flag of this command; may be repeated', collect)
    .option('--input <file>', 'inputs as a JSON object from a file, or from stdin with -')
    .option('--watch', 'follow it on the whole screen')
    .option('--no-input', 'never ask for missing inputs')
    .helpOption(false)
    .option('-h, --help', 'with a definition: its inputs; else this help')
    // The flags of the definition are not known before it is read.
    .allowUnknownOption()
    .allowExcessArguments()
    .addHelpText(
      'after',
      '\nEvery input of the definition is a flag: workflow start <definition> --help lists them.' +
        '\n\nExamples:\n  workflow start definitions/inventory-validation.yaml --target_folder 0UT.3OX' +
        '\n  workflow start inventory-validation --input inputs.json --detach',
    );
  command.action(
    act(async (invocation, definition: string | undefined, flags: StartFlags) => {
      if (definition === undefined && flags.help === true) {
        command.outputHelp();
        return 0;
      }
      const { start } = await import('./commands/start.ts');
      const { definitionIn } = await import('./start/definition-in.ts');
      const knownFlags = [...command.options, ...program.options].flatMap(({ long }) => long ?? []);

      return start(invocation, { ...definitionIn(command.args), flags, knownFlags });
    }),
  );
}

/** The commands that look at runs. */
export function addQuestionCommands(program: Command, act: Act): void {
  program
    .command('status')
    .argument('[run]', runArgument)
    .description('how a run is and why it waits; without a run, how all are and which need someone')
    .action(
      act(async (invocation, run: string | undefined, _flags: object) => {
        const { status } = await import('./commands/status.ts');
        return status(invocation, run);
      }),
    );
  program
    .command('list')
    .description('the runs, latest change first')
    .option('--status <status>', 'only runs of this status; may be repeated', collect)
    .option(...whereOption, collect)
    .option('--limit <count>', 'at most so many', '20')
    .action(
      act(async (invocation, flags: ListFlags) => {
        const { list } = await import('./commands/list.ts');
        return list(invocation, flags);
      }),
    );
  addProofCommands(program, act);
  addJournalCommands(program, act);
}

function addJournalCommands(program: Command, act: Act): void {
  program
    .command('history')
    .argument('<run>', runArgument)
    .description('every event of a run: when, who, and what it changed')
    .action(
      act(async (invocation, run: string, _flags: object) => {
        const { history } = await import('./commands/history.ts');
        return history(invocation, run);
      }),
    );
  program
    .command('replay')
    .argument('[run]', runArgument)
    .description(
      'fold a run again from its journal and compare every transition and hash, or hold it against another definition; exit code 7 on any difference',
    )
    .option('--all', 'every run there is; with --against those of that definition')
    .option(...whereOption, collect)
    .option('--until <event>', 'up to this event, and show the run as it was then')
    .option('--against <definition>', 'what it would have done by another definition: a file, or id@version')
    .option('--from-export <file>', 'a run from the file of `workflow audit export`, without a server')
    .action(
      act(async (invocation, run: string | undefined, flags: ReplayFlags) => {
        const { replay } = await import('./commands/replay.ts');
        return replay(invocation, run, flags);
      }),
    );
}
