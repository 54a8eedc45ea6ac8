import type { Command } from 'commander';
import type { Act } from './act.ts';
import type { DashboardFlags } from './commands/dashboard.ts';

/** The command for whoever looks on in a terminal. */
export function addDashboardCommands(program: Command, act: Act): void {
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
        const { dashboard } = await import('./commands/dashboard.ts');
        return dashboard(invocation, flags);
      }),
    );
}
