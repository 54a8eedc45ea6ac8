import { readFile, stat } from 'node:fs/promises';
import { relative } from 'node:path';
import { notExecutable } from '../../machines/language/executable.ts';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { formatProblems } from '../../machines/language/problem.ts';
import type { SchemaFiles } from '../../machines/language/text/pinned-schemas.ts';
import { type KnownWorld, mayBeElsewhere } from '../../machines/language/world/world.ts';
import { isAbsent } from '../files/file-failure.ts';
import { fileBytesMax, looksLikeDefinition, projectFiles } from '../files/local-definitions.ts';
import { messageOf } from '../lib/text.ts';
import type { Clock } from '../ports/clock.ts';
import type { DefinitionsFolder, FolderDefinition } from '../ports/definitions/definitions-folder.ts';
import { schemaFiles, schemaStamp } from './schema-files.ts';

export type DefinitionsFolderOptions = {
  readonly projectDir: string;
  readonly clock: Clock;
  /** What there is around the definitions, read anew. */
  readonly world: () => Promise<KnownWorld>;
  /** Told once of each file that cannot be used, as it is now. */
  readonly onProblem: (message: string) => void;
  readonly lookEveryMs?: number;
};

const lookEveryMsDefault = 1_000;

/** Looks after the definitions of a project: a change counts as soon as the file has been the same for two looks. */
export function createDefinitionsFolder({
  projectDir,
  clock,
  world,
  onProblem,
  lookEveryMs = lookEveryMsDefault,
}: DefinitionsFolderOptions): DefinitionsFolder {
  return {
    watch: async (onFound) => {
      const read = createFolderReader({ projectDir, world, onProblem });
      let told: readonly FolderDefinition[] | undefined;
      let trouble: string | undefined;
      let closed = false;
      let cancel = (): void => undefined;
      let looking = Promise.resolve();

      async function look(): Promise<void> {
        try {
          const found = await read();
          if (found !== told && !closed) {
            await onFound(found);
            told = found;
          }
          trouble = undefined;
        } catch (error) {
          const message = `the definitions of the project cannot be registered: ${messageOf(error)}`;
          if (message !== trouble) onProblem(message);
          trouble = message;
        }
        if (!closed) cancel = clock.after(lookEveryMs, () => void next());
      }

      function next(): Promise<void> {
        looking = look();

        return looking;
      }

      await next();

      return async () => {
        closed = true;
        cancel();
        await looking;
      };
    },
  };
}

/** What a file held when it was read last, and how it looked then and at the last look. */
type Known = {
  read: string;
  seen: string;
  /** The schema files that it names: another content of one is another definition. */
  schemas?: readonly string[];
  definition?: FolderDefinition;
  problem?: string;
};

/**
 * Reads the folder again each time it is called, as far as files have changed. The same list comes back for as long as
 * nothing in it has. A file that cannot be used is left out, and told of once.
 */
function createFolderReader({
  projectDir,
  world,
  onProblem,
}: Omit<DefinitionsFolderOptions, 'clock'>): () => Promise<readonly FolderDefinition[]> {
  const known = new Map<string, Known>();
  let found: readonly FolderDefinition[] | undefined;

  /** Whether there is another definition in the file than before. */
  async function look(path: string, around: DefinitionsFolderOptions['world']): Promise<boolean> {
    const before = known.get(path);
    const seen = `${await stampOf(path)}${await schemaStamp(projectDir, before?.schemas ?? [])}`;
    // At the first look at the folder nobody is taken to be writing.
    const isSettled = found === undefined || before?.seen === seen;
    const about = before ?? { read: '', seen };
    known.set(path, about);
    about.seen = seen;
    if (!isSettled || about.read === seen) return false;
    const { definition, problem, schemas } = await readDefinition(path, projectDir, around);
    about.schemas = schemas;
    if (problem !== undefined && problem.message !== about.problem) onProblem(problem.message);
    if (problem === undefined) delete about.problem;
    else about.problem = problem.message;
    // What stood in the way of reading may pass without a change of the file.
    if (problem?.mayPass === true) return false;
    about.read = seen;
    const isOther = definition?.loaded.ref.hash !== about.definition?.loaded.ref.hash;
    if (definition === undefined) delete about.definition;
    else about.definition = definition;

    return isOther;
  }

  return async () => {
    const paths = await projectFiles(projectDir);
    const gone = [...known.keys()].filter((path) => !paths.includes(path));
    for (const path of gone) known.delete(path);
    let hasChanged = found === undefined || gone.length > 0;
    // The same for all files of one look, and only where one has to be read.
    let around: Promise<KnownWorld> | undefined;
    const once = (): Promise<KnownWorld> => {
      around ??= world();
      return around;
    };
    for (const path of paths) hasChanged = (await look(path, once)) || hasChanged;
    if (found === undefined || hasChanged) {
      found = paths.flatMap((path) => known.get(path)?.definition ?? []);
    }

    return found;
  };
}

type Read = {
  readonly definition?: FolderDefinition;
  readonly problem?: { readonly message: string; readonly mayPass: boolean };
  readonly schemas: readonly string[];
};

async function readDefinition(
  path: string,
  projectDir: string,
  world: DefinitionsFolderOptions['world'],
): Promise<Read> {
  const file = relative(projectDir, path);
  let schemas: SchemaFiles = new Map();
  const unusable = (why: string, mayPass = false): Read => {
    const message = `${file} cannot be used; what was registered of it before counts:\n${why}`;

    return { problem: { message, mayPass }, schemas: [...schemas.keys()] };
  };
  try {
    const { size } = await stat(path);
    if (size > fileBytesMax) return unusable(`${file}  it has ${size} bytes, more than 1 MiB`);
    const content = await readFile(path);
    if (!looksLikeDefinition(content.toString('utf8'))) return { schemas: [] };
    schemas = await schemaFiles(projectDir, content);
    const result = loadDefinition({ file, content, world: await world(), schemas });
    if (!result.ok) return unusable(formatProblems(result.problems));
    const misfits = result.misfits.filter(
      ({ code, severity }) => severity === 'error' && !mayBeElsewhere.includes(code),
    );
    // The world may come to fit without a change of the file.
    if (misfits.length > 0) return unusable(formatProblems(misfits), true);
    const later = notExecutable(result.loaded.definition).filter(({ severity }) => severity === 'error');
    if (later.length === 0)
      return { definition: { loaded: result.loaded, file }, schemas: [...schemas.keys()] };

    return unusable(later.map((each) => `${file}  ${each.path}: ${each.message}`).join('\n'));
  } catch (error) {
    return isAbsent(error) ? { schemas: [] } : unusable(`${file}  ${messageOf(error)}`, true);
  }
}

/** Tells one state of a file from another without reading it. */
async function stampOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);

  return found === undefined ? 'gone' : `${found.ino} ${found.mtimeMs} ${found.size}`;
}
