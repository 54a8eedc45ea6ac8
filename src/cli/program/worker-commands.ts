import { type Command, Option } from 'commander';
import type { Act } from '../act.ts';
import type { WorkerFlags } from '../commands/engine/worker.ts';
import { collect } from './run-options.ts';

/** The command that carries tasks of an agent out. */
export function addWorkerCommands(program: Command, act: Act): void {
  program
    .command('worker')
    .argument('<agent>', 'whose tasks it takes: the assigned_to of tasks')
    .argument('<command...>', 'the command, after --')
    .option(
      '--skill <name>',
      'what the agent can do, where agents.yaml does not say; may be repeated',
      collect,
    )
    .option('--capacity <count>', 'how many attempts it carries out at a time', '1')
    .addOption(
      new Option('--level <level>', 'where agents.yaml does not say').choices(['L0', 'L1', 'L2', 'L3']),
    )
    .option('--department <name>', 'where agents.yaml does not say')
    .option('--drain <time>', 'how long attempts under way may take to end when it is stopped', '10s')
    .description('carry the tasks of an agent out by running a command for each, until it is stopped')
    .addHelpText(
      'after',
      '\nThe command gets the input as JSON on stdin and prints the result as JSON on stdout; what it says on stderr is' +
        '\nshown as progress. Exit code 0: completed, all others: failed. WORKFLOW_KEY, _RUN, _TASK, _ATTEMPT, _AGENT,' +
        '\n_DEADLINE and _TRACEPARENT are in its environment. SIGTERM says that there is no use in going on.',
    )
    .action(
      act(async (invocation, agent: string, command: readonly string[], flags: WorkerFlags) => {
        const { worker } = await import('../commands/engine/worker.ts');
        return worker(invocation, { agent, command }, flags);
      }),
    );
}

/** The NATS servers that are brought up for projects. */
export function addOwnServerCommands(program: Command, act: Act): void {
  program
    .command('down')
    .description('stop the NATS server that was brought up for the project; its data stays')
    .action(
      act(async (invocation, _flags: object) => {
        const { down } = await import('../commands/engine/engine.ts');
        return down(invocation);
      }),
    );
  program
    .command('servers')
    .description('the NATS servers that were brought up for projects and run on this machine')
    .argument('[folder...]', 'of these projects only')
    .option('--stop', 'stop them; their data stays')
    .action(
      act(async (invocation, folders: readonly string[], flags: { stop?: boolean }) => {
        const { servers } = await import('../commands/engine/engine.ts');
        return servers(invocation, folders, flags);
      }),
    );
}
