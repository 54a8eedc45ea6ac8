import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { checkText } from '../../../machines/language/check-text.ts';
import {
  type DefinitionSources,
  type ResolvedDefinition,
  resolveDefinition,
} from '../../operations/definitions/resolve-definition.ts';
import { DefinitionRefused } from '../../ports/definitions/definition-refused.ts';
import type { DefinitionFile, ProjectDefinitions } from '../../ports/definitions/project-definitions.ts';
import type { Invocation } from '../invocation.ts';

/**
 * Where the command line looks for definitions: any file, the project, the library, and what is registered, where that
 * is given.
 */
export async function definitionSources(
  { app, io, projectDir }: Invocation,
  registered: DefinitionSources['registered'] = nothingRegistered,
): Promise<DefinitionSources> {
  const project = projectDir();
  const files = await app.definitionFiles(project);

  return {
    registered,
    files,
    fileAt: async (name) => {
      const path = resolve(io.cwd, name);

      return existsSync(path) ? readFileAt(path, shownPath(path, project, name), files) : undefined;
    },
    filesBeside: async (name) => {
      const names = await readdir(dirname(resolve(io.cwd, name))).catch(() => []);

      return names.filter((each) => /\.ya?ml$/.test(each)).map((each) => join(dirname(name), each));
    },
  };
}

const nothingRegistered: DefinitionSources['registered'] = {
  definition: () => Promise.resolve(undefined),
  definitions: () => Promise.resolve([]),
};

/** The file of the project that a name means, whatever is registered. Rejects with DefinitionRefused. */
export async function resolveFile(invocation: Invocation, name: string): Promise<ResolvedDefinition> {
  return resolveDefinition(await definitionSources(invocation), name, { draft: true });
}

async function readFileAt(
  path: string,
  file: string,
  files: Pick<ProjectDefinitions, 'schemas'>,
): Promise<DefinitionFile> {
  const content = await readDefinition(path, file);
  const checked = checkText({ file, content, schemas: await files.schemas(content) });

  return { file, source: 'project', text: content.toString('utf8'), ...checked };
}

/** The text of a definition's file. Rejects with DefinitionRefused. */
export async function readDefinition(path: string, shown: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (reason === 'ENOENT') throw new DefinitionRefused('definition.not-found', `there is no file ${shown}`);
    throw new DefinitionRefused('definition.unreadable', `${shown} cannot be read (${reason})`);
  }
}

/** Paths inside the project are shown from its folder on, others as they were given. */
function shownPath(path: string, projectDir: string, given: string): string {
  const inside = relative(projectDir, path);

  return inside.startsWith('..') ? given : inside;
}
