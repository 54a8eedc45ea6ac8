import type { RunCommand } from '../../../ports/runs/workflows.ts';
import { type ManyFlags, oneOrMany } from '../../bulk/change-many.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Invocation } from '../../invocation.ts';
import { jsonOption } from '../json-option.ts';
import { type GoingOnFlags, goOn } from './going-on.ts';

export type SignalFlags = ManyFlags & GoingOnFlags & { readonly data?: string; readonly id?: string };

/** `workflow signal <run> <name>`: a message for the tasks that wait for it, or that will. `--where` finds the run. */
export async function signal(
  invocation: Invocation,
  args: readonly (string | undefined)[],
  flags: SignalFlags,
): Promise<ExitCode> {
  const given = args.filter((each) => each !== undefined);
  const [run, name] = flags.where === undefined ? given : [undefined, ...given];
  if (name === undefined || given.length > (flags.where === undefined ? 2 : 1)) {
    const fix =
      flags.where === undefined ? 'workflow signal <run> <name>' : 'workflow signal <name> --where ...';
    throw new CliFailure('usage.signal', 'name the run, unless --where finds it, and the signal', fix);
  }
  const data = jsonOption('data', flags.data) ?? {};
  const id = flags.id === undefined ? {} : { id: flags.id };
  const command = (): Promise<RunCommand> => Promise.resolve({ kind: 'signal', name, data, ...id });
  const done = `signal "${name}" sent`;

  return oneOrMany(invocation, run, {
    change: { verb: 'signal', done, command },
    flags,
    one: (named) => goOn(invocation, named, { flags, command, done }),
  });
}
