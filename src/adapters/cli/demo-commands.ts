import type { Command } from 'commander';
import type { Act } from './act.ts';
import type { DemoFlags } from './commands/demo.ts';

/** The command that shows what there is to see. */
export function addDemoCommands(program: Command, act: Act): void {
  program
    .command('demo')
    .argument('[name]', 'which one; without it they are listed')
    .option('--into <folder>', 'make the project of the demo here (default: 3ox-demo-<name>)')
    .option('--ask', 'ask for each approval on the terminal; a stand-in for the commander gives it otherwise')
    .description('a definition with its trigger and agents at work, in a project and on a server of its own')
    .action(
      act(async (invocation, name: string | undefined, flags: DemoFlags) => {
        const { demo } = await import('./commands/demo.ts');
        return demo(invocation, name, flags);
      }),
    );
}
