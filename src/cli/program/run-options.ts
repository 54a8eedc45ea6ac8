import type { Command } from 'commander';

export const runArgument = 'id of a run, its beginning, @last or @failed';

/** The options of a command that follows the run. */
export function following(command: Command): Command {
  return command
    .option('--wait', 'follow until the run ends or waits for a person (the default)')
    .option('--detach', 'do not follow')
    .option('--timeout <duration>', 'follow at most so long, such as 10m')
    .option('--as <name>', 'who does it (default: WORKFLOW_USER, else the user that is logged in)');
}

export const whereOption = [
  '--where <terms>',
  'all runs that fit: status=FAILED definition=orders key=A-7 label.team=finance error~card started>2026-01-31 (docs/query.md)',
] as const;

export const annotationsOption = [
  '--github-annotations',
  'also tell GitHub Actions, which shows what is wrong at its line in a pull request',
] as const;

/** The options of a command that changes one run, or all that fit. */
export function many(command: Command): Command {
  return command
    .option(...whereOption, collect)
    .option('--dry-run', 'with --where: list the runs, change nothing')
    .option('--expect-count <count>', 'with --where: change nothing when another number of runs fits')
    .option('--yes', 'do not ask');
}

/**
 * The options of a command that shows a list page by page. A list that is usually short is shown up to `pageMax`, which
 * is not imported: what has it loads zod, and `--help` has to answer at once.
 */
export function paged(command: Command, usual = 1_000): Command {
  return command
    .option('--limit <count>', 'how many at most', String(usual))
    .option('--after <cursor>', '`next` of the page before')
    .option('--all', 'all of them');
}

/** An option that may be repeated. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** The command of a group by its name or another that it has. */
export function commandCalled(group: Command, word: string): Command | undefined {
  return group.commands.find((each) => each.name() === word || each.aliases().includes(word));
}
