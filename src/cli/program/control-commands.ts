import type { Command } from 'commander';
import type { Act } from '../act.ts';
import type { EraseFlags } from '../commands/engine/erase.ts';
import type { AssignFlags, ByHandFlags } from '../commands/runs/by-hand.ts';
import type { ControlFlags } from '../commands/runs/control.ts';
import type { ForkFlags } from '../commands/runs/fork.ts';
import type { RerunFlags, RetryFlags } from '../commands/runs/retry.ts';
import type { SignalFlags } from '../commands/runs/signal.ts';
import { collect, following, many, runArgument } from './run-options.ts';

/** The commands that change runs that exist. */
export function addControlCommands(program: Command, act: Act): void {
  addResume(program, act);
  addPause(program, act);
  addEndings(program, act);
  addRetry(program, act);
  addRerun(program, act);
  addFork(program, act);
  addByHand(program, act);
  addAssign(program, act);
  addSignal(program, act);
}

const reason = ['--reason <text>', 'why; kept in the journal'] as const;

function addResume(program: Command, act: Act): void {
  following(many(program.command('resume')))
    .argument('[run]', runArgument)
    .description('go on with a run whose engine is gone or that is paused, and follow it')
    .option(...reason)
    .action(
      act(async (invocation, run: string | undefined, flags: RetryFlags) => {
        const { resume } = await import('../commands/runs/resume.ts');
        return resume(invocation, run, flags);
      }),
    );
}

function addPause(program: Command, act: Act): void {
  many(program.command('pause'))
    .argument('[run]', runArgument)
    .description('start nothing new in a run; what is under way finishes and is recorded')
    .option(...reason)
    .option('--as <name>', 'who does it')
    .action(
      act(async (invocation, run: string | undefined, flags: ControlFlags) => {
        const { pauseCommand: pause } = await import('../commands/runs/control.ts');
        return pause(invocation, run, flags);
      }),
    );
}

function addEndings(program: Command, act: Act): void {
  const described = {
    cancel: 'stop a run, have what it did undone, and wait for that',
    terminate: 'end a run at once, without compensation',
  } as const;
  for (const verb of ['cancel', 'terminate'] as const) {
    following(many(program.command(verb)))
      .argument('[run]', runArgument)
      .description(described[verb])
      .option(...reason)
      .action(
        act(async (invocation, run: string | undefined, flags: ControlFlags) => {
          const control = await import('../commands/runs/control.ts');
          return control[verb](invocation, run, flags);
        }),
      );
  }
}

function addRetry(program: Command, act: Act): void {
  following(many(program.command('retry')))
    .argument('[run]', runArgument)
    .description('go on with a run that failed, from the tasks that failed, and follow it')
    .option(...reason)
    .action(
      act(async (invocation, run: string | undefined, flags: RetryFlags) => {
        const { retry } = await import('../commands/runs/retry.ts');
        return retry(invocation, run, flags);
      }),
    );
}

function addRerun(program: Command, act: Act): void {
  edited(following(many(program.command('rerun'))))
    .argument('[run]', runArgument)
    .description('do a task of a run that has ended again, and what follows from it, and follow the run')
    .requiredOption('--from <task>', 'the address of the task, such as pay or orders[2].pay')
    .option('--task-input <json>', 'what that task gets, instead of what the definition says')
    .option(...reason)
    .action(
      act(async (invocation, run: string | undefined, flags: RerunFlags) => {
        const { rerun } = await import('../commands/runs/retry.ts');
        return rerun(invocation, run, flags);
      }),
    );
}

function addFork(program: Command, act: Act): void {
  edited(following(program.command('fork')))
    .argument('<run>', runArgument)
    .description('start a new run that goes on from an event of an old one, and follow it')
    .requiredOption('--at <event>', 'the number of the event, as workflow history shows it')
    .option(...reason)
    .action(
      act(async (invocation, run: string, flags: ForkFlags) => {
        const { fork } = await import('../commands/runs/fork.ts');
        return fork(invocation, run, flags);
      }),
    );
}

function addByHand(program: Command, act: Act): void {
  const described = {
    skip: 'have a task not carried out, and follow the run',
    complete: 'complete a task by hand, and follow the run',
  } as const;
  for (const verb of ['skip', 'complete'] as const) {
    const command = following(program.command(verb))
      .argument('<run>', runArgument)
      .argument('<task>', 'the address of the task, such as pay or orders[2].pay')
      .description(described[verb])
      .option(...reason);
    if (verb === 'complete') command.option('--output <json>', 'what came of it, as JSON (default: {})');
    command.action(
      act(async (invocation, run: string, task: string, flags: ByHandFlags) => {
        const byHand = await import('../commands/runs/by-hand.ts');
        return byHand[verb](invocation, { run, task, flags });
      }),
    );
  }
}

function addAssign(program: Command, act: Act): void {
  following(program.command('assign'))
    .argument('<run>', runArgument)
    .argument('<task>', 'the address of the task, such as pay or orders[2].pay')
    .description('give a task to an agent, whoever has it or would be found for it, and follow the run')
    .requiredOption('--to <agent>', 'the agent that is to carry it out')
    .option('--take-away', 'also where a worker has begun it: that worker has no say any more')
    .option(...reason)
    .action(
      act(async (invocation, run: string, task: string, flags: AssignFlags) => {
        const { assign } = await import('../commands/runs/by-hand.ts');
        return assign(invocation, { run, task, flags });
      }),
    );
}

function addSignal(program: Command, act: Act): void {
  following(many(program.command('signal')))
    .argument('[run]', runArgument)
    .argument('[name]', 'the name of the signal')
    .description('send a signal to a run: to the tasks that wait for it, or that will, and follow the run')
    .option('--data <json>', 'what comes with it, as JSON (default: {})')
    .option('--id <id>', 'tells a repeat: a second signal of this id is refused')
    .action(
      act(async (invocation, run: string | undefined, name: string | undefined, flags: SignalFlags) => {
        const { signal } = await import('../commands/runs/signal.ts');
        return signal(invocation, [run, name], flags);
      }),
    );
}

function edited(command: Command): Command {
  return command
    .option('-i, --input <name=value>', 'another value for an input of the run; may be repeated', collect)
    .option('--input-file <file>', 'other inputs as a JSON object from a file, or from stdin with -');
}

/** What is about a subject, and not about one run. */
export function addErasureCommands(program: Command, act: Act): void {
  program
    .command('erase')
    .requiredOption('--subject <subject>', 'whose values: what `erasure_key` gave, or run:<id>')
    .option('--certificate <file>', 'write a signed certificate of it here')
    .option('--terminate-live', 'terminate runs that are under way and have values of it')
    .option('--as <name>', 'in whose name')
    .description('destroy the keys of a subject: its sealed values stay recorded, and nobody can read them')
    .action(
      act(async (invocation, flags: EraseFlags) => {
        const { eraseCommand: erase } = await import('../commands/engine/erase.ts');
        return erase(invocation, flags);
      }),
    );
  program
    .command('erasures')
    .description('what was erased, when and by whom')
    .action(
      act(async (invocation) => {
        const { erasuresCommand: erasures } = await import('../commands/engine/erase.ts');
        return erasures(invocation);
      }),
    );
}
