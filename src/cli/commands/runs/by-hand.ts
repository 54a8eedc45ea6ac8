import type { ExitCode } from '../../exit-codes.ts';
import type { Invocation } from '../../invocation.ts';
import { actorOf } from '../actor.ts';
import { jsonOption } from '../json-option.ts';
import { reasonOption } from './change.ts';
import { type GoingOnFlags, goOn } from './going-on.ts';

export type ByHandFlags = GoingOnFlags & { readonly reason?: string; readonly output?: string };
export type AssignFlags = GoingOnFlags & {
  readonly to: string;
  readonly takeAway?: boolean;
  readonly reason?: string;
};
type Named = { readonly run: string; readonly task: string; readonly flags: ByHandFlags };

/** `workflow skip <run> <task>`: the task is not carried out. */
export async function skip(invocation: Invocation, { run, task, flags }: Named): Promise<ExitCode> {
  return goOn(invocation, run, {
    flags,
    done: `${task} skipped`,
    command: () => Promise.resolve({ kind: 'skipTask', task, ...reasonOption(flags) }),
  });
}

/** `workflow assign <run> <task> --to <agent>`: that agent carries it out, whoever had it before. */
export async function assign(
  invocation: Invocation,
  { run, task, flags }: Omit<Named, 'flags'> & { readonly flags: AssignFlags },
): Promise<ExitCode> {
  const { to, takeAway } = flags;
  const by = actorOf(invocation.io, flags.as);

  return goOn(invocation, run, {
    flags,
    done: `${task} given to ${to}`,
    command: () => Promise.resolve({ kind: 'assignTask', task, to, by, takeAway, ...reasonOption(flags) }),
  });
}

/** `workflow complete <run> <task>`: a person did what the task is about; `--output` is what came of it. */
export async function complete(invocation: Invocation, { run, task, flags }: Named): Promise<ExitCode> {
  const output = jsonOption('output', flags.output) ?? {};

  return goOn(invocation, run, {
    flags,
    done: `${task} completed by hand`,
    command: () => Promise.resolve({ kind: 'resolveTask', task, output, ...reasonOption(flags) }),
  });
}
