import { type Command, Option } from 'commander';
import type { Act } from '../act.ts';
import type { DevFlags } from '../commands/engine/dev.ts';
import { collect } from './run-options.ts';

/** The commands of whoever writes definitions. */
export function addDevCommands(program: Command, act: Act): void {
  addDev(program, act);
  program
    .command('init')
    .argument('[folder]', 'the folder of the project (default: this one)')
    .description('make a project with a first definition that runs at once; nothing is overwritten')
    .action(
      act(async (invocation, folder: string | undefined, _flags: object) => {
        const { init } = await import('../commands/definitions/init.ts');
        return init(invocation, folder);
      }),
    );
  program
    .command('new')
    .argument('[template]', 'hello, or one of `workflow gallery list`; it is asked for on a terminal')
    .argument('[name]', 'what the definition is called: its id, and its file in definitions/')
    .description('write a new definition and its test, from a template')
    .action(
      act(async (invocation, template: string | undefined, name: string | undefined, _flags: object) => {
        const { newDefinition } = await import('../commands/definitions/new.ts');
        return newDefinition(invocation, template, name);
      }),
    );
}

function addDev(program: Command, act: Act): void {
  const command = program
    .command('dev')
    .argument(
      '[definition]',
      'start drafts of this one only: its id or its file; its inputs as flags, as of `start`',
    )
    .option('-i <name=value>', 'an input whose name is also a flag of this command; may be repeated', collect)
    .option('--input <file>', 'inputs as a JSON object from a file')
    .option('--no-run', 'start nothing when a file is saved')
    .addOption(
      new Option('--http <address>', 'where the dashboard is: [host:]port (default: 127.0.0.1:7420)'),
    )
    .option('--no-http', 'no dashboard and no HTTP API')
    .description(
      'write definitions: a server, an engine, the dashboard and the agents, and a run at each save',
    )
    .addHelpText(
      'after',
      '\nEach save is checked. A definition without errors is started at once as a draft: no version is registered. It\n' +
        'gets the inputs of its last run, else those of the first case of its test file, else the defaults. Agents of\n' +
        'agents.yaml that have a `command` are started, and again when they end. Ctrl-C ends all of it.',
    )
    // The flags of the definition are not known before it is read.
    .allowUnknownOption()
    .allowExcessArguments();
  command.action(
    act(async (invocation, _definition: string | undefined, flags: DevFlags) => {
      const { devCommand } = await import('../commands/engine/dev.ts');
      const { draftIn } = await import('../start/definition-in.ts');
      const knownFlags = [...command.options, ...program.options].flatMap(({ long }) => long ?? []);

      return devCommand(invocation, { ...draftIn(command.args, knownFlags), flags, knownFlags });
    }),
  );
}
