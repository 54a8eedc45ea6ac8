import type { Command, CommanderError } from 'commander';
import { CliFailure } from '../cli-failure.ts';
import { quoted } from '../invocation.ts';
import { commandCalled } from './run-options.ts';

/** What other tools call it, and what it is called here. */
export const guesses: Readonly<Record<string, string>> = {
  abort: 'cancel',
  apply: 'definitions publish',
  archive: 'archives',
  build: 'check',
  cat: 'definitions show',
  codegen: 'types',
  compile: 'chart',
  convert: 'import',
  delete: 'retain',
  deploy: 'definitions publish',
  describe: 'show',
  draw: 'graph',
  event: 'emit',
  exec: 'start',
  execute: 'start',
  follow: 'watch',
  get: 'show',
  info: 'show',
  inspect: 'show',
  invoke: 'start',
  kill: 'terminate',
  launch: 'start',
  lint: 'check',
  log: 'logs',
  ls: 'list',
  open: 'token --link',
  output: 'show',
  plan: 'check --deep',
  ps: 'list',
  publish: 'definitions publish',
  push: 'definitions publish',
  redo: 'rerun',
  register: 'definitions publish',
  reset: 'rerun',
  restart: 'retry',
  rm: 'retain',
  rollback: 'definitions rollback',
  run: 'start',
  runs: 'list',
  send: 'signal',
  server: 'serve',
  simulate: 'test',
  sql: 'query',
  stop: 'cancel',
  submit: 'start',
  tail: 'logs',
  template: 'definitions templates',
  templates: 'definitions templates',
  trigger: 'emit',
  typegen: 'types',
  ui: 'dashboard',
  undo: 'cancel',
  up: 'serve',
  update: 'definitions publish',
  upgrade: 'migrate',
  validate: 'check',
  verify: 'check',
  version: '--version',
  view: 'show',
  visualize: 'graph',
  wake: 'signal',
  web: 'dashboard',
  why: 'status',
  worklist: 'approvals',
  workers: 'agents',
  workflows: 'definitions',
};

/** A command line that commander refuses, with the one that was likely meant. */
export async function usageFailure(
  { code, message }: CommanderError,
  program: Command,
  argv: readonly string[],
): Promise<CliFailure> {
  const named = namedCommand(program, argv);
  if (
    code === 'commander.unknownCommand' ||
    (code === 'commander.excessArguments' && named.word !== undefined)
  ) {
    return noSuchCommand(named, argv);
  }
  const [first = '', ...rest] = message.replace(/^error: /, '').split('\n');
  const [, wrong, meant] = /'(--?[\w-]+)'[\s\S]*Did you mean (--[\w-]+)\?/.exec(message) ?? [];
  if (wrong !== undefined && meant !== undefined) {
    const line = argv.map((word) => (word === wrong ? meant : word));
    return new CliFailure('usage.command-line', first, commandLine(line));
  }
  const help = commandLine([...named.path, '--help']);

  return new CliFailure(
    'usage.command-line',
    first,
    rest.length === 0 ? help : rest.join(' ').replace(/^\(|\)$/g, ''),
  );
}

/** The command that the words of a line lead to, and the word that should have named one of it, if one did not. */
type Named = { readonly group: Command; readonly path: readonly string[]; readonly word: string | undefined };

function namedCommand(program: Command, argv: readonly string[]): Named {
  let group = program;
  const path: string[] = [];
  for (const word of program.parseOptions([...argv]).operands) {
    if (group.commands.length === 0) break;
    const next = commandCalled(group, word);
    if (next === undefined) return { group, path, word };
    group = next;
    path.push(word);
  }

  return { group, path, word: undefined };
}

async function noSuchCommand(
  { group, path, word = '' }: Named,
  argv: readonly string[],
): Promise<CliFailure> {
  const message = `there is no command "${commandLine([...path, word])}"`;
  const { suggest } = await import('../../../machines/language/suggest.ts');
  const meant =
    (group.parent === null ? guesses[word] : undefined) ??
    suggest(
      word,
      group.commands.map((each) => each.name()),
    );
  const line =
    meant === undefined
      ? [...path, '--help']
      : argv.flatMap((each) => (each === word ? meant.split(' ') : [each]));

  return new CliFailure('usage.command-line', message, commandLine(line));
}

function commandLine(words: readonly string[]): string {
  return ['workflow', ...words.map(quoted)].join(' ');
}
