import { lstat, readFile, stat } from 'node:fs/promises';
import { basename, extname, relative } from 'node:path';
import { checkText } from '../../machines/language/check-text.ts';
import type { Problem } from '../../machines/language/problem.ts';
import { schemaNames } from '../../machines/language/text/pinned-schemas.ts';
import { loadCases } from '../../machines/prover/cases/load-cases.ts';
import { isAbsent } from '../files/file-failure.ts';
import {
  definitionFiles,
  definitionFolders,
  definitionsFolder,
  fileBytesMax,
  identifyDefinition,
  isBundleFolder,
  isDefinitionName,
  looksLikeDefinition,
  projectFiles,
} from '../files/local-definitions.ts';
import { shippedPath } from '../files/package-path.ts';
import { PathRefused, pathSegments } from '../files/path-segments.ts';
import { resolveInProject } from '../files/project-path.ts';
import { writeAtomically } from '../files/write-atomically.ts';
import { messageOf } from '../lib/text.ts';
import { BundleRefused } from '../ports/definitions/bundle-store.ts';
import {
  type DefinitionFile,
  DefinitionFileExists,
  type ProjectDefinitions,
} from '../ports/definitions/project-definitions.ts';
import { schemaFiles, schemaStamp } from './schema-files.ts';

/** What a file held when it was read last. Only who needs it has it checked, once. */
type Known = {
  readonly stamp: string;
  /** The schema files that it names: another content of one is another definition. */
  readonly schemas?: readonly string[];
  readonly named?: DefinitionFile['named'];
  readonly found: () => Promise<DefinitionFile | undefined>;
};

/** The definitions of a project and of the library. A file is read again only when it has changed. */
export function createProjectDefinitions({
  projectDir,
  libraryDir = shippedPath(definitionsFolder),
}: {
  readonly projectDir: string;
  readonly libraryDir?: string;
}): ProjectDefinitions {
  let known: ReadonlyMap<string, Known> = new Map();
  let writing: Promise<unknown> = Promise.resolve();

  async function paths(): Promise<readonly Named[]> {
    const [own, library] = await Promise.all([projectFiles(projectDir), definitionFiles(libraryDir)]);

    return [
      ...own.map(
        (path): Named => ({ path, projectDir, source: 'project', file: relative(projectDir, path) }),
      ),
      ...library.map(
        (path): Named => ({
          path,
          projectDir,
          source: 'library',
          file: `library/${relative(libraryDir, path)}`,
        }),
      ),
    ];
  }

  async function look(): Promise<ReadonlyMap<string, Known>> {
    const now = new Map<string, Known>();
    for (const each of await paths()) now.set(each.path, await looked(each, known.get(each.path)));
    known = now;

    return now;
  }

  return {
    list: async () => foundIn([...(await look()).values()]),
    at: async (file) => {
      const path = (await paths()).find((each) => each.file === file);

      return path === undefined ? undefined : readAt(path);
    },
    called: async (name) => {
      const called = [...(await look())].filter(
        ([path, { named }]) => named?.id === name || basename(path, extname(path)) === name,
      );

      return foundIn(called.map(([, each]) => each));
    },
    schemas: (text) => schemaFiles(projectDir, text),
    write: (file, text, { replace }) => {
      // One after another, so that of two who write the same new file one is told that it exists.
      const written = writing.then(() => write({ projectDir, path: pathOf(file), text, replace }));
      writing = written.catch(() => undefined);

      return written;
    },
  };
}

/** A file that was named is a definition, be it one without the key that a list looks for. */
async function readAt(named: Named): Promise<DefinitionFile | undefined> {
  const found = await (await looked(named, undefined)).found();
  if (found !== undefined) return found;
  try {
    const content = await readFile(named.path);

    return { ...(await checked(named, content)), text: content.toString('utf8') };
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

type Named = Pick<DefinitionFile, 'file' | 'source'> & { readonly path: string; readonly projectDir: string };

async function foundIn(known: readonly Known[]): Promise<readonly DefinitionFile[]> {
  const found: DefinitionFile[] = [];
  for (const each of known) {
    const file = await each.found();
    if (file !== undefined) found.push(file);
  }

  return found;
}

async function looked(at: Named, before: Known | undefined): Promise<Known> {
  const { path, projectDir, file, source } = at;
  try {
    const { ino, mtimeMs, size } = await stat(path);
    const own = `${ino} ${mtimeMs} ${size}`;
    const stampWith = async (names: readonly string[]) => `${own}${await schemaStamp(projectDir, names)}`;
    const stamp = await stampWith(before?.schemas ?? []);
    if (before?.stamp === stamp) return before;
    if (size > fileBytesMax) {
      const problem = unreadable(file, `it has ${size} bytes, more than 1 MiB`);
      return { stamp, found: async () => ({ file, source, text: '', problems: [problem] }) };
    }
    const content = await readFile(path);
    const text = content.toString('utf8');
    if (!looksLikeDefinition(text)) return { stamp, found: async () => undefined };
    const named = identifyDefinition(text);
    const about = named === undefined ? {} : { named };
    const schemas = schemaNames(content);
    let found: Promise<DefinitionFile> | undefined;

    return {
      ...{ stamp: await stampWith(schemas), schemas },
      ...about,
      found: () => {
        found ??= checked(at, content).then((rest) => ({ ...rest, text, ...about }));

        return found;
      },
    };
  } catch (error) {
    const problem = unreadable(file, messageOf(error));
    const unread = isAbsent(error) ? undefined : { file, source, text: '', problems: [problem] };

    // What stood in the way may pass without a change of the file.
    return { stamp: '', found: async () => unread };
  }
}

async function checked(
  { path, projectDir, file, source }: Named,
  content: Buffer,
): Promise<Omit<DefinitionFile, 'text' | 'named'>> {
  return {
    ...{ file, source },
    ...checkText({ file, content, schemas: await schemaFiles(projectDir, content) }),
    ...(source === 'library' ? { cases: await countCases(path) } : {}),
  };
}

/** How many cases stand in the file beside a definition that has its name. */
async function countCases(path: string): Promise<number> {
  const file = path.replace(/\.(ya?ml|json)$/i, '.test.yaml');
  const content = await readFile(file).catch(() => undefined);
  const cases = content === undefined ? undefined : loadCases({ file, content });

  return cases?.ok === true ? cases.cases.length : 0;
}

function unreadable(file: string, message: string): Problem {
  const place = { file, path: '', line: 1, column: 1, length: 1 };

  return { code: 'definition.unreadable', severity: 'error', message, ...place };
}

/** The path in the project of what is to be a definition: in the folder that is named, or else where new ones are. */
function pathOf(file: string): string {
  const segments = pathSegments(file);
  const folder = definitionFolders.find((each) => segments.join('/').startsWith(`${each}/`));
  const inside = folder === undefined ? segments : segments.slice(folder.split('/').length);
  const name = inside.at(-1) ?? '';
  if (!isDefinitionName(name) || file.endsWith('/')) {
    throw new PathRefused(
      'path.reserved-name',
      file,
      'the file of a definition ends in .yaml, .yml or .json',
    );
  }
  if (inside.some((segment) => segment.startsWith('.'))) {
    throw new PathRefused('path.reserved-name', file, 'what begins with a dot is not looked at');
  }

  return [folder ?? definitionsFolder, ...inside].join('/');
}

async function write({
  projectDir,
  path,
  text,
  replace,
}: {
  readonly projectDir: string;
  readonly path: string;
  readonly text: string;
  readonly replace: boolean;
}): Promise<string> {
  if (isBundleFolder(projectDir))
    throw new BundleRefused(
      'bundle.no-project',
      'this folder is served from a bundle: a definition that is written here would count for nothing',
      'write it in the folder of the project, and publish it from there',
    );
  if (!replace && (await isThere(await resolveInProject(projectDir, path))))
    throw new DefinitionFileExists(path);
  const written = await writeAtomically({ projectDir, path, text });

  return written.path;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);

    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}
