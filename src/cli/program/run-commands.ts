import { type Command, Option } from 'commander';
import type { Act } from '../act.ts';
import type { ApprovalFlags, ChangeFlags } from '../commands/approvals/approval.ts';
import type { ApprovalsFlags } from '../commands/approvals/approvals.ts';
import type { DelegateFlags } from '../commands/approvals/delegate.ts';
import type { PageFlags } from '../commands/paged-list.ts';
import type { GoingOnFlags } from '../commands/runs/going-on.ts';
import type { ListFlags } from '../commands/runs/list.ts';
import type { ReplayFlags } from '../commands/runs/replay.ts';
import type { ShowFlags } from '../commands/runs/show.ts';
import type { StartFlags } from '../commands/runs/start.ts';
import type { WatchFlags } from '../commands/runs/watch.ts';
import type { WorksetFlags } from '../commands/runs/workset.ts';
import type { LogsFlags } from '../dev/logs.ts';
import { addControlCommands } from './control-commands.ts';
import { collect, following, paged, runArgument, whereOption } from './run-options.ts';

const worksetArgument = 'the id of the workset, which means its latest run, or a run of it';
const taskArgument = 'the task that asks; may be left out where the run asks for one approval only';
const as = ['--as <name>', 'who does it (default: WORKFLOW_USER, else the user that is logged in)'] as const;

/** The commands that start runs and change them. */
export function addRunCommands(program: Command, act: Act): void {
  addStart(program, act, {
    of: program,
    description: 'start a run and follow it until it ends or waits for a person',
  });
  addWorksetCommands(program, act);
  addApprovalCommands(program, act);
  addControlCommands(program, act);
  addDeadLetterCommands(program, act);
}

/** A workset is started as any other definition is. What looks at worksets are operations. */
function addWorksetCommands(program: Command, act: Act): void {
  const worksets = program.commands.find((each) => each.name() === 'workset') ?? program.command('workset');
  worksets.description('definitions that are started, watched and paused as one').helpCommand(false);
  addStart(program, act, {
    of: worksets,
    description: 'start a workset and follow it: each item begins once those that it depends on completed',
  });
  worksets
    .command('pause')
    .argument('<name>', worksetArgument)
    .description('pause a workset and the runs of its items: what is under way ends, nothing new begins')
    .option('--reason <text>', 'why')
    .option(...as)
    .action(
      act(async (invocation, name: string, flags: WorksetFlags) => {
        const { pauseWorkset } = await import('../commands/runs/workset.ts');
        return pauseWorkset(invocation, name, flags);
      }),
    );
  following(worksets.command('resume'))
    .argument('<name>', worksetArgument)
    .description('resume a workset and the runs of its items, and follow it')
    .action(
      act(async (invocation, name: string, flags: WorksetFlags) => {
        const { resumeWorkset } = await import('../commands/runs/workset.ts');
        return resumeWorkset(invocation, name, flags);
      }),
    );
}

type Starting = { readonly of: Command; readonly description: string };

function addStart(program: Command, act: Act, { of, description }: Starting): void {
  const command = following(of.command('start'))
    .argument('[definition]', 'a definition file, or the id of a definition (id@version for a certain one)')
    .description(description)
    .option('-i <name=value>', 'an input whose name is also a flag of this command; may be repeated', collect)
    .option('--input <file>', 'inputs as a JSON object from a file, or from stdin with -')
    .option('--draft', 'take the file of the project, also where another version is registered')
    .option('--watch', 'follow it on the whole screen')
    .option('--no-input', 'never ask for missing inputs')
    .option('--key <text>', 'start no second run where the same start was given with this key before')
    .helpOption(false)
    .option('-h, --help', 'with a definition: its inputs; else this help')
    // The flags of the definition are not known before it is read.
    .allowUnknownOption()
    .allowExcessArguments()
    .addHelpText(
      'after',
      '\nEvery input of the definition is a flag: workflow start <definition> --help lists them.',
    );
  command.action(
    act(async (invocation, definition: string | undefined, flags: StartFlags) => {
      if (definition === undefined && flags.help === true) {
        command.outputHelp();
        return 0;
      }
      const { start } = await import('../commands/runs/start.ts');
      const { definitionIn } = await import('../start/definition-in.ts');
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
        const { status } = await import('../commands/runs/status.ts');
        return status(invocation, run);
      }),
    );
  program
    .command('watch')
    .argument('[run]', runArgument)
    .description('what a run does, live, until it ends; without a run, what all do. It changes nothing')
    .option('--timeout <duration>', 'watch at most so long, such as 10m')
    .option('--screen', 'on the whole screen')
    .action(
      act(async (invocation, run: string | undefined, flags: WatchFlags) => {
        const { watch } = await import('../commands/runs/watch.ts');
        return watch(invocation, run, flags);
      }),
    );
  program
    .command('list')
    .description('the runs, latest change first')
    .option('--status <status>', 'only runs of this status; may be repeated', collect)
    .option(...whereOption, collect)
    .option('--limit <count>', 'at most so many', '20')
    .option('--after <cursor>', '`next` of the page before')
    .action(
      act(async (invocation, flags: ListFlags) => {
        const { list } = await import('../commands/runs/list.ts');
        return list(invocation, flags);
      }),
    );
  addProofCommands(program, act);
  addJournalCommands(program, act);
}

function addJournalCommands(program: Command, act: Act): void {
  program
    .command('logs')
    .argument('<run>', runArgument)
    .argument('[task]', 'only the lines of this task, with what its latest attempts printed, whole')
    .option('--task <task>', 'the same as the second argument')
    .option('--at <event>', 'up to this event: its number, as workflow history shows it')
    .addOption(new Option('-f, --follow', 'go on until the run ends').conflicts('at'))
    .description('what was said and done in a run, and what its attempts printed: the latest 2,000 lines')
    .action(
      act(async (invocation, run: string, task: string | undefined, flags: LogsFlags) => {
        const { logs } = await import('../dev/logs.ts');
        return logs(invocation, run, { task, ...flags });
      }),
    );
  program
    .command('history')
    .argument('<run>', runArgument)
    .description('every event of a run: when, who, and what it changed')
    .action(
      act(async (invocation, run: string, _flags: object) => {
        const { history } = await import('../commands/runs/history.ts');
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
    .option(
      '--scenarios-of <definition>',
      'with --against: the ways through this definition that `workflow test` finds, in place of runs; without a server',
    )
    .action(
      act(async (invocation, run: string | undefined, flags: ReplayFlags) => {
        const { replay } = await import('../commands/runs/replay.ts');
        return replay(invocation, run, flags);
      }),
    );
}

/** The commands about tasks that wait for a person; the two that are needed most stand on their own as well. */
function addApprovalCommands(program: Command, act: Act): void {
  for (const verb of ['approve', 'reject'] as const) addAnswer(program, act, verb);
  const approvals = program
    .command('approvals')
    .description('the tasks that wait for somebody to approve them')
    .helpCommand(false);
  addQuestions(approvals, act);
  for (const verb of ['approve', 'reject'] as const) addAnswer(approvals, act, verb);
  addChange(approvals, act);
  addDelegate(approvals, act);
}

function addQuestions(approvals: Command, act: Act): void {
  paged(approvals.command('list', { isDefault: true }), 50)
    .description('the approvals that are asked for in all runs, the longest waiting first')
    .option('--mine', 'only those that I may answer')
    .option('--as <name>', 'only those that somebody of this name may answer')
    .action(
      act(async (invocation, flags: ApprovalsFlags) => {
        const { listApprovals } = await import('../commands/approvals/approvals.ts');
        return listApprovals(invocation, flags);
      }),
    );
  approvals
    .command('show')
    .argument('<run>', runArgument)
    .argument('[task]', taskArgument)
    .description('what is asked, of whom and since when, the fields of its form, and the answers so far')
    .action(
      act(async (invocation, run: string, task: string | undefined, _flags: object) => {
        const { showApproval } = await import('../commands/approvals/approvals.ts');
        return showApproval(invocation, run, task);
      }),
    );
}

function addAnswer(parent: Command, act: Act, verb: 'approve' | 'reject'): void {
  following(parent.command(verb))
    .argument('<run>', runArgument)
    .argument('[task]', taskArgument)
    .description(`${verb} what a task of a run asks for, and follow the run`)
    .option('--comment <text>', 'why; kept in the journal')
    .option('--field <name=value>', 'a field of the form; may be repeated', collect)
    .option('--data <json>', 'the fields of the form, as JSON')
    .option('--no-input', 'never ask for missing fields')
    .action(
      act(async (invocation, run: string, task: string | undefined, flags: ApprovalFlags) => {
        const { answerApproval } = await import('../commands/approvals/approval.ts');
        return answerApproval(invocation, verb, { run, task, flags });
      }),
    );
}

function addChange(approvals: Command, act: Act): void {
  following(approvals.command('change'))
    .argument('<run>', runArgument)
    .argument('[task]', taskArgument)
    .description('have done again what a task asks about, be asked anew, and follow the run')
    .requiredOption('--comment <text>', 'what is to be changed; kept in the journal')
    .action(
      act(async (invocation, run: string, task: string | undefined, flags: ChangeFlags) => {
        const { askForChange } = await import('../commands/approvals/approval.ts');
        return askForChange(invocation, { run, task, flags });
      }),
    );
}

function addDelegate(approvals: Command, act: Act): void {
  approvals
    .command('delegate')
    .argument('<run>', runArgument)
    .argument('[task]', taskArgument)
    .description('have somebody else answer, whatever their level')
    .requiredOption('--to <name>', 'who answers instead')
    .option('--reason <text>', 'why; kept in the journal')
    .option(...as)
    .action(
      act(async (invocation, run: string, task: string | undefined, flags: DelegateFlags) => {
        const { delegateApproval } = await import('../commands/approvals/delegate.ts');
        return delegateApproval(invocation, { run, task, flags });
      }),
    );
}

/** The commands about tasks that failed for good. */
function addDeadLetterCommands(program: Command, act: Act): void {
  const letters = program
    .command('dead-letters')
    .description('the tasks that failed for good and took their run with them, or had it pause')
    .helpCommand(false);
  paged(letters.command('list', { isDefault: true }), 50)
    .description('those that nobody has gone on with or dropped, the latest first')
    .action(
      act(async (invocation, flags: PageFlags) => {
        const { listDeadLetters } = await import('../commands/triggers/dead-letters.ts');
        return listDeadLetters(invocation, flags);
      }),
    );
  letters
    .command('show')
    .argument('<run>', runArgument)
    .description('what went wrong in a run, and what can be done')
    .action(
      act(async (invocation, run: string, _flags: object) => {
        const { showDeadLetters } = await import('../commands/triggers/dead-letters.ts');
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
        const { retryDeadLetters } = await import('../commands/triggers/dead-letters.ts');
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
        const { dropDeadLetters } = await import('../commands/triggers/dead-letters.ts');
        return dropDeadLetters(invocation, run, flags);
      }),
    );
}

/** The commands that look at a run as it is, was, and could go on. */
function addProofCommands(program: Command, act: Act): void {
  program
    .command('show')
    .argument('<run>', runArgument)
    .description('everything about a run: why it waits, its input, tasks and outputs')
    .option('--at <event>', 'as it was after this event, and what could happen next then')
    .action(
      act(async (invocation, run: string, flags: ShowFlags) => {
        const { show } = await import('../commands/runs/show.ts');
        return show(invocation, run, flags);
      }),
    );
  program
    .command('diff')
    .argument('<run>', runArgument)
    .argument('<from>', 'the number of an event, as workflow history shows it')
    .argument('<to>', 'the number of another event')
    .description(
      'what changed in a run from one event to another: status, tasks, values, and the events between',
    )
    .action(
      act(async (invocation, run: string, from: string, to: string, _flags: object) => {
        const { diff } = await import('../commands/runs/diff.ts');
        return diff(invocation, run, [from, to]);
      }),
    );
  program
    .command('next')
    .argument('<run>', runArgument)
    .description('what can happen to a run next, and who may have it happen')
    .action(
      act(async (invocation, run: string, _flags: object) => {
        const { next } = await import('../commands/runs/next.ts');
        return next(invocation, run);
      }),
    );
}
