import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { definitionFolders } from '../files/local-definitions.ts';
import { within } from '../lib/deadline.ts';
import type { CliApp, CliIo, CliSession, OnProgress, OpenOptions, OpenRuns } from './app.ts';
import { CliFailure } from './cli-failure.ts';
import { createOutput, type GlobalOptions, type Output } from './output.ts';

const marks = ['.3ox', ...definitionFolders, 'package.json'];
/** How many parent folders are searched for a project. */
const parentsMax = 64;

/** The context of one command. */
export type Invocation = {
  readonly app: CliApp;
  readonly io: CliIo;
  readonly options: GlobalOptions;
  readonly output: Output;
  /** The project folder, searched at first use. Throws CliFailure. */
  readonly projectDir: () => string;
  /** A command line to copy, such as `workflow resume 01kah3x9zq4bc`. */
  readonly hint: (...words: readonly string[]) => string;
};

export function createInvocation(app: CliApp, io: CliIo, options: GlobalOptions): Invocation {
  return {
    app,
    io,
    options,
    output: createOutput(io, options),
    projectDir: () => findProjectDir(io.cwd, options.project),
    hint: (...words) => {
      const project = options.project === undefined ? [] : ['--project', quoted(options.project)];
      return [programName(io.env), ...words, ...project].join(' ');
    },
  };
}

const closeMsMax = 2000;

/** Opens a session, passes it to `use`, and always closes it. */
export function withSession<T>(
  invocation: Invocation,
  engine: OpenOptions['engine'],
  use: (session: CliSession) => Promise<T>,
): Promise<T> {
  const { app, projectDir } = invocation;

  return withOpened(invocation, (say) => app.open({ projectDir: projectDir(), engine }, say), use);
}

/** The same for whoever only reads runs: where none was ever started, nothing is started for it. Throws CliFailure. */
export async function withRunsThere<T>(
  invocation: Invocation,
  use: (session: CliSession) => Promise<T>,
): Promise<T> {
  await refuseUnlessRuns(invocation);

  return withSession(invocation, 'none', use);
}

/** Where no run was ever started there is none to look at. Rejects with CliFailure. */
export async function refuseUnlessRuns({ app, hint, projectDir }: Invocation): Promise<void> {
  if (!(await app.isNew(projectDir()))) return;
  const message = `there are no runs in ${projectDir()}: none was ever started there`;
  throw new CliFailure('run.not-found', message, hint('start', '<definition>'));
}

const noRuns: OpenRuns = {
  runs: {
    page: async () => [],
    counts: async () => [],
    each: async function* () {},
    unfinishedRuns: async () => [],
    known: async () => ({
      position: () => 0,
      line: () => undefined,
      neighbours: () => [],
      durations: () => [],
    }),
  },
  surroundings: async () => ({
    isOwned: () => undefined,
    atAgent: () => undefined,
    forSkills: () => undefined,
  }),
  close: async () => undefined,
};

/** Opens the lines of all runs, passes them to `use`, and always closes them. */
export async function withRuns<T>(invocation: Invocation, use: (opened: OpenRuns) => Promise<T>): Promise<T> {
  const { app, projectDir } = invocation;
  if (await app.isNew(projectDir())) return use(noRuns);

  return withOpened(invocation, (say) => app.runs(projectDir(), say), use);
}

/** Opens something, passes it to `use`, and always closes it. `say` hears of what takes its time. */
export async function withOpened<Opened extends { close(): Promise<void> }, T>(
  { io, output }: Pick<Invocation, 'io' | 'output'>,
  open: (say: OnProgress) => Promise<Opened>,
  use: (opened: Opened) => Promise<T>,
  say: OnProgress = (message) => output.note(output.notePaint.dim(message)),
): Promise<T> {
  const held = await open(say);
  try {
    return await use(held);
  } finally {
    // The command is done: an error of closing must not change its result.
    await within(io.clock, closeMsMax, held.close());
  }
}

/** The word, quoted if a shell would not take it literally. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Where npm started it, the command is not on PATH. `npx workflow` could fetch the package of that name. */
function programName(env: CliIo['env']): string {
  return env['npm_lifecycle_event'] === undefined ? 'workflow' : 'npx 3ox-workflow';
}

/** The project folder: the given one, else the nearest that looks like one, else the current folder. */
export function findProjectDir(cwd: string, given: string | undefined): string {
  if (given !== undefined) {
    const folder = resolve(cwd, given);
    if (isFolder(folder)) return folder;
    const problem = existsSync(folder) ? 'is a file, not a folder' : 'there is no such folder';
    throw new CliFailure('usage.project', `--project ${given}: ${problem}`);
  }
  let folder = resolve(cwd);
  for (let looked = 0; looked < parentsMax; looked += 1) {
    if (isProjectDir(folder)) return folder;
    if (dirname(folder) === folder) break;
    folder = dirname(folder);
  }

  return resolve(cwd);
}

/** Whether a folder looks like that of a project. */
export function isProjectDir(folder: string): boolean {
  return marks.some((mark) => existsSync(join(folder, mark)));
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
