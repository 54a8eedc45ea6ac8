import type { Command } from 'commander';
import type { CliApp, CliIo } from './app.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import type { GlobalOptions } from './output.ts';

/** Makes a commander action of a command. The command's modules are loaded when it is called. */
export type Act = <Args extends readonly unknown[]>(
  run: (invocation: Invocation, ...args: Args) => Promise<ExitCode>,
) => (...given: unknown[]) => Promise<void>;

/** `onDone` gets the exit code of the command. */
export function actWith(app: CliApp, io: CliIo, onDone: (exit: ExitCode) => void): Act {
  return <Args extends readonly unknown[]>(
    run: (invocation: Invocation, ...args: Args) => Promise<ExitCode>,
  ) =>
    async (...given: unknown[]) => {
      // Commander passes the arguments, then the options, then the command itself.
      const command = given.at(-1) as Command;
      const args = given.slice(0, -1) as unknown as Args;
      const { createInvocation } = await import('./invocation.ts');
      onDone(await run(createInvocation(app, io, command.optsWithGlobals<GlobalOptions>()), ...args));
    };
}
