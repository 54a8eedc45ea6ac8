import type { Command } from 'commander';
import type { Act } from '../act.ts';
import type { TestFlags } from '../test/asked.ts';

/** The command that tests definitions before they run. */
export function addTestCommands(program: Command, act: Act): void {
  program
    .command('test')
    .argument('[definitions...]', 'definition files, folders of them, or ids (default: all of the project)')
    .option('--min-coverage <percent>', 'how many of the transitions that can happen must be covered')
    .option('--scenes-max <count>', 'how many scenes of a definition are looked at, at most', '20000')
    .option('--verbose', 'every scenario, with its way')
    .option('--junit <file>', 'write a JUnit report here')
    .option('--emit <form...>', 'write the scenarios as tests: vitest, then the file (default: stdout)')
    .option('--write-scenarios <file>', 'write the scenarios here, as JSON')
    .description(
      'play a definition through on the real engine: every transition that can happen, and the cases of <name>.test.yaml',
    )
    .action(
      act(async (invocation, names: readonly string[], flags: TestFlags) => {
        const { testDefinitions } = await import('../commands/definitions/test.ts');
        return testDefinitions(invocation, names, flags);
      }),
    );
}
