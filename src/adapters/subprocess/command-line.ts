import type { Json } from '../../../events/canonical-json.ts';
import type { RunCommand } from '../../../machines/task-common.ts';
import { type Attempt, TaskError } from '../../ports/handler.ts';
import { pwshCall } from './pwsh-function.ts';

/** What is started: a file and its arguments, each as the program gets it, never a line for a shell to split. */
export type CommandLine = {
  readonly file: string;
  readonly args: readonly string[];
  /** What is started is told by these, too. */
  readonly env?: Readonly<Record<string, string>>;
};

/**
 * Renders a command. With a shell, the first element is the script and the others are its `$1`, `$2`, ...; with pwsh
 * it is the path of a script file, and a second one a function in it. Throws TaskError for what cannot be started.
 */
export function commandLine(run: RunCommand, attempt: Attempt): CommandLine {
  const [first, ...args] = run.command.map((part) => argumentText(attempt.render(part)));
  if (first === undefined || first.trim() === '') throw invalid('it is empty');
  const { shell } = run;
  if (shell === undefined) {
    if (/\.(bat|cmd)$/i.test(first))
      throw invalid('batch files read their arguments as code; use pwsh or node');
    return { file: first, args };
  }
  if (shell === 'pwsh') {
    const [name] = args;
    if (callsFunction(run) && name !== undefined) return { file: shell, ...pwshCall(first, name) };
    return { file: shell, args: ['-NoProfile', '-NonInteractive', '-File', first, ...args] };
  }

  refuseInterpolation(run.command[0]);
  return { file: shell, args: ['-c', first, shell, ...args] };
}

/** Whether the command is a function of a PowerShell script, which gets its input as an object. */
export function callsFunction({ shell, command }: RunCommand): boolean {
  return shell === 'pwsh' && command.length === 2;
}

/** The text that a rendered value has on a command line or in the environment: text as it is, the rest as JSON. */
export function argumentText(value: Json): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.includes('\0')) throw invalid('an argument or environment value holds a NUL character');

  return text;
}

/** A value put into a script would be run as code, so it may only come in as an argument or by the environment. */
function refuseInterpolation(script: Json | undefined): void {
  if (typeof script !== 'string' || !/(^|[^$])\$\{/.test(script)) return;
  throw new TaskError(
    'command.unsafe-script',
    'a shell script may not hold "${...}": the value would be run as code. Give it as a further element of ' +
      '`command` and write "$1", or set it in `env`',
  );
}

function invalid(reason: string): TaskError {
  return new TaskError('command.invalid', `the command cannot be started: ${reason}`);
}
