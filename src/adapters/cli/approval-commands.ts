import type { Command } from 'commander';
import type { Act } from './act.ts';
import type { ApprovalFlags } from './commands/approval.ts';
import type { ApprovalsFlags } from './commands/approvals.ts';
import type { DelegateFlags } from './commands/delegate.ts';
import { collect, following, runArgument } from './run-options.ts';

const taskArgument = 'the task that asks; may be left out where the run asks for one approval only';
const as = ['--as <name>', 'who does it (default: WORKFLOW_USER, else the user that is logged in)'] as const;

/** The commands about tasks that wait for a person; the two that are needed most stand on their own as well. */
export function addApprovalCommands(program: Command, act: Act): void {
  for (const verb of ['approve', 'reject'] as const) addAnswer(program, act, verb);
  const approvals = program
    .command('approvals')
    .description('the tasks that wait for somebody to approve them')
    .helpCommand(false);
  addQuestions(approvals, act);
  for (const verb of ['approve', 'reject'] as const) addAnswer(approvals, act, verb);
  addDelegate(approvals, act);
}

function addQuestions(approvals: Command, act: Act): void {
  approvals
    .command('list', { isDefault: true })
    .description('the approvals that are asked for in all runs, the longest waiting first')
    .option('--mine', 'only those that I may answer')
    .option('--as <name>', 'only those that somebody of this name may answer')
    .option('--all', 'more than the first 50, too')
    .action(
      act(async (invocation, flags: ApprovalsFlags) => {
        const { listApprovals } = await import('./commands/approvals.ts');
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
        const { showApproval } = await import('./commands/approvals.ts');
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
        const { answerApproval } = await import('./commands/approval.ts');
        return answerApproval(invocation, verb, { run, task, flags });
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
        const { delegateApproval } = await import('./commands/delegate.ts');
        return delegateApproval(invocation, { run, task, flags });
      }),
    );
}
