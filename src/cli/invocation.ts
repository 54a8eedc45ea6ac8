import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { within } from '../lib/deadline.ts';
import type { CliApp, CliIo, CliSession, OpenOptions } from './app.ts';
import { CliFailure } from './cli-failure.ts';
import { createOutput, type GlobalOptions, type Output } from './output.ts';

const marks = ['.3ox', 'definitions', 'package.json'];
/** Folders above the current one that are looked at. */
const parentsMax = 64;

/** One command as it was given: what every command works with. */
export type Invocation = {
  readonly app: CliApp;
  readonly io: CliIo;
  readonly options: GlobalOptions;
  readonly output: Output;
  /** The folder of the project, looked for when it is needed. Throws CliFailure. */
  readonly projectDir: () => string;
  /** A command that can be typed as it is, such as `workflow resume 01kah3x9zq4bc`. */
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

/** Opens a session, hands it to `use` and closes it whatever happens. */
export async function withSession<T>(
  { app, io, output, projectDir }: Invocation,
  engine: OpenOptions['engine'],
  use: (session: CliSession) => Promise<T>,
): Promise<T> {
  const session = await app.open({ projectDir: projectDir(), engine }, (message) => {
    output.note(output.notePaint.dim(message));
  });
  try {
    return await use(session);
  } finally {
    // What the command came to is known by now: a server that is gone must not change it.
    await within(io.clock, closeMsMax, session.close());
  }
}

/** A word that a shell reads as it is, or the word in quotes. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Inside a checkout the command is not on PATH: what npm has started is started again by `npx`. */
function programName(env: CliIo['env']): string {
  return env['npm_lifecycle_event'] === undefined ? 'workflow' : 'npx workflow';
}

/** The folder of the project: the one given, else the nearest that looks like one, else the current one. */
export function findProjectDir(cwd: string, given: string | undefined): string {
  if (given !== undefined) {
    const folder = resolve(cwd, given);
    if (isFolder(folder)) return folder;
    const problem = existsSync(folder) ? 'is a file, not a folder' : 'there is no such folder';
    throw new CliFailure('usage.project', `--project ${given}: ${problem}`);
  }
  let folder = resolve(cwd);
  for (let looked = 0; looked < parentsMax; looked += 1) {
    if (marks.some((mark) => existsSync(join(folder, mark)))) return folder;
    if (dirname(folder) === folder) break;
    folder = dirname(folder);
  }

  return resolve(cwd);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
