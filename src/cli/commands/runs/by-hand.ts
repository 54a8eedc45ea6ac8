import type { ExitCode } from '../../exit-codes.ts';
import type { Invocation } from '../../invocation.ts';
import { jsonOption } from '../json-option.ts';
import { reasonOption } from './change.ts';
import { type GoingOnFlags, goOn } from './going-on.ts';

export type ByHandFlags = GoingOnFlags & { readonly reason?: string; readonly output?: string };
type Named = { readonly run: string; readonly task: string; readonly flags: ByHandFlags };

/** `workflow skip <run> <task>`: the task is not carried out. */
export async function skip(invocation: Invocation, { run, task, flags }: Named): Promise<ExitCode> {
  return goOn(invocation, run, {
    flags,
    done: `${task} skipped`,
    command: () => Promise.resolve({ kind: 'skipTask', task, ...reasonOption(flags) }),
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
