import type { Json } from '../../../../events/canonical-json.ts';
import type { RunCommand, Workflows } from '../../../ports/runs/workflows.ts';
import type { CliIo } from '../../app.ts';
import { type ManyFlags, oneOrMany } from '../../bulk/change-many.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Invocation } from '../../invocation.ts';
import { readEdits } from '../../start/read-input.ts';
import { jsonOption } from '../json-option.ts';
import { type Change, reasonOption } from './change.ts';
import { type GoingOnFlags, goOn } from './going-on.ts';

export type RetryFlags = ManyFlags & GoingOnFlags & { readonly reason?: string };

/** `workflow retry <run>`: a run that did not complete goes on from the tasks that failed. */
export async function retry(
  invocation: Invocation,
  name: string | undefined,
  flags: RetryFlags,
): Promise<ExitCode> {
  const command = (): Promise<RunCommand> => Promise.resolve({ kind: 'retryRun', ...reasonOption(flags) });
  const change: Change = { verb: 'retry', done: 'retried', command };

  return oneOrMany(invocation, name, {
    change,
    flags,
    one: (run) => goOn(invocation, run, { flags, command, done: 'retried' }),
  });
}

export type EditFlags = { readonly input?: readonly string[]; readonly inputFile?: string };
export type RerunFlags = RetryFlags & EditFlags & { readonly from: string; readonly taskInput?: string };

/** `workflow rerun <run> --from <task>`: the task and what follows from it are done again, perhaps with other input. */
export async function rerun(
  invocation: Invocation,
  name: string | undefined,
  flags: RerunFlags,
): Promise<ExitCode> {
  const taskInput = jsonOption('task-input', flags.taskInput);
  const io = readingOnce(invocation.io);
  const command = async (run: string, workflows: Workflows): Promise<RunCommand> => {
    const input = await rerunInput(workflows, run, { flags, io });
    return {
      kind: 'rerun',
      from: flags.from,
      ...(input === undefined ? {} : { input }),
      ...(taskInput === undefined ? {} : { taskInput }),
      ...reasonOption(flags),
    };
  };
  const done = `rerun from ${flags.from}`;

  return oneOrMany(invocation, name, {
    change: { verb: 'rerun', done, command },
    flags,
    one: (run) =>
      goOn(invocation, run, { flags, done, command: (id, { workflows }) => command(id, workflows) }),
  });
}

async function rerunInput(
  workflows: Workflows,
  run: string,
  { flags, io }: { readonly flags: EditFlags; readonly io: CliIo },
): Promise<Readonly<Record<string, Json>> | undefined> {
  const { input: pairs = [], inputFile: file } = flags;
  if (pairs.length === 0 && file === undefined) return undefined;
  const { definition, state } = await workflows.view(run);

  return readEdits(definition, state.input, { sources: { pairs, file }, io });
}

/** Stdin can be read only once; its content applies to every changed run. */
function readingOnce(io: CliIo): CliIo {
  let text: Promise<string> | undefined;

  return {
    ...io,
    stdin: () => {
      text ??= io.stdin();
      return text;
    },
  };
}
