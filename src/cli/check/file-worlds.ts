import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import type { Problem } from '../../../machines/language/problem.ts';
import { type SchemaFiles, schemaNames } from '../../../machines/language/text/pinned-schemas.ts';
import {
  contractOfFile,
  type KnownContract,
  type KnownWorld,
  mayBeElsewhere,
} from '../../../machines/language/world/world.ts';
import {
  fileBytesMax,
  identifyDefinition,
  isDefinitionName,
  looksLikeDefinition,
} from '../../files/local-definitions.ts';
import { agentsFileName } from '../../ports/work/agent-admin.ts';
import { findProjectDir, type Invocation, isProjectDir } from '../invocation.ts';

/** A folder with more files than this is none of a few definitions. */
const siblingsMax = 200;

/** Only a definition with one of these has to do with others. */
const refers = /SUB_WORKFLOW|for_each|failure_workflow|triggers/;

type Source = { readonly path: string; readonly file: string; readonly content: Uint8Array };
type Checked = ReturnType<typeof loadDefinition>;
type SchemasAt = (path: string, content: Uint8Array | string) => Promise<SchemaFiles>;

/** Checks definitions in the worlds of their projects, each of which is looked at once. */
export type FileWorlds = {
  /** `paths` are those of all files that are checked: they know each other. */
  readonly check: (source: Source) => Promise<Checked>;
  /** What was not looked at, and may know a name that is reported; in a line. */
  readonly unseen: () => string | undefined;
};

export function createFileWorlds(
  invocation: Invocation,
  { paths, offline }: { readonly paths: readonly string[]; readonly offline: boolean },
): FileWorlds {
  const { app } = invocation;
  let unseen: string | undefined;
  const local = memo((project) => app.world(project));
  const listed = memo(async (project) =>
    (await (await app.definitionFiles(project)).list()).flatMap(contractOfFile),
  );
  const registered = memo((project) => app.registered(project));
  // Only who names a schema file has the files of a project looked at.
  const schemasAt: SchemasAt = async (path, content) =>
    schemaNames(content).length === 0
      ? new Map()
      : (await app.definitionFiles(projectOf(invocation, path))).schemas(content);
  const beside = memo((folder) => contractsIn(folder, schemasAt));
  const given = memo(async () =>
    (await Promise.all(paths.map((path) => contractAt(path, schemasAt)))).flat(),
  );

  async function near(project: string, text: string): Promise<KnownWorld> {
    const world = await local(project);
    if (!refers.test(text)) return world;

    return { ...world, definitions: [...(await listed(project)), ...(await given(''))] };
  }

  /** Looks on where a name may be known: beside the file, and at what is registered. */
  async function far(world: KnownWorld, project: string, path: string): Promise<KnownWorld> {
    const more = offline ? undefined : await registered(project);
    if (more === undefined) {
      unseen = offline ? '--offline' : 'no server of this project is running';
    }
    const definitions = [
      ...(await beside(dirname(path))),
      ...(more?.definitions ?? []),
      ...(world.definitions ?? []),
    ];

    return { ...world, definitions, ...(more?.agents === undefined ? {} : { agents: more.agents }) };
  }

  return {
    check: async ({ path, file, content }) => {
      const project = projectOf(invocation, path);
      const world = await near(project, new TextDecoder().decode(content));
      const schemas = await schemasAt(path, content);
      const checked = loadDefinition({ file, content, world, schemas });
      if (!problemsOf(checked).some(({ code }) => mayBeElsewhere.includes(code))) return checked;
      const before = unseen;
      const again = loadDefinition({ file, content, schemas, world: await far(world, project, path) });
      if (!problemsOf(again).some(({ code }) => mayBeElsewhere.includes(code))) unseen = before;

      return again;
    },
    unseen: () => unseen,
  };
}

function problemsOf(checked: Checked): readonly Problem[] {
  return checked.ok ? checked.misfits : checked.problems;
}

/** The project that a file belongs to: one that was named, the one around it, or that of the current folder. */
function projectOf({ options, projectDir }: Invocation, path: string): string {
  const folder = dirname(path);
  if (options.project !== undefined) return projectDir();
  if (existsSync(join(folder, agentsFileName))) return folder;
  const around = findProjectDir(folder, undefined);

  return isProjectDir(around) ? around : projectDir();
}

async function contractsIn(folder: string, schemasAt: SchemasAt): Promise<readonly KnownContract[]> {
  const names = (await readdir(folder).catch(() => [])).filter(isDefinitionName);
  if (names.length > siblingsMax) return [];

  return (await Promise.all(names.map((name) => contractAt(join(folder, name), schemasAt)))).flat();
}

async function contractAt(path: string, schemasAt: SchemasAt): Promise<readonly KnownContract[]> {
  try {
    const about = await stat(path);
    if (!about.isFile() || about.size > fileBytesMax) return [];
    const text = await readFile(path, 'utf8');
    if (!looksLikeDefinition(text)) return [];
    const named = identifyDefinition(text);
    const result = loadDefinition({ file: path, content: text, schemas: await schemasAt(path, text) });

    return contractOfFile({
      ...{ file: path, source: 'project', text, problems: [] },
      ...(named === undefined ? {} : { named }),
      ...(result.ok ? { loaded: result.loaded } : {}),
    });
  } catch {
    // What cannot be read is told of where it is checked itself.
    return [];
  }
}

function memo<Value>(find: (key: string) => Promise<Value>): (key: string) => Promise<Value> {
  const known = new Map<string, Promise<Value>>();

  return (key) => {
    const found = known.get(key) ?? find(key);
    known.set(key, found);

    return found;
  };
}
