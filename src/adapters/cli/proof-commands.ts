import type { Command } from 'commander';
import type { Act } from './act.ts';
import type { ShowFlags } from './commands/show.ts';
import { runArgument } from './run-options.ts';

/** The commands that look at a run as it is, was, and could go on. */
export function addProofCommands(program: Command, act: Act): void {
  program
    .command('show')
    .argument('<run>', runArgument)
    .description('everything about a run: why it waits, its input, tasks and outputs')
    .option('--at <event>', 'as it was after this event, and what could happen next then')
    .action(
      act(async (invocation, run: string, flags: ShowFlags) => {
        const { show } = await import('./commands/show.ts');
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
        const { diff } = await import('./commands/diff.ts');
        return diff(invocation, run, [from, to]);
      }),
    );
  program
    .command('next')
    .argument('<run>', runArgument)
    .description('what can happen to a run next, and who may have it happen')
    .action(
      act(async (invocation, run: string, _flags: object) => {
        const { next } = await import('./commands/next.ts');
        return next(invocation, run);
      }),
    );
}
