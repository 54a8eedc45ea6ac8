import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** A definition file of the project, as far as a look at its text tells. */
export type LocalDefinition = {
  readonly path: string;
  readonly id: string;
  readonly version: number | undefined;
};

/** Where a new definition of the project is put. */
export const definitionsFolder = 'definitions';
/** Where a project has definitions, each with all folders in it; the last two are those of a 3OX station. */
export const definitionFolders = [definitionsFolder, '.3ox.index/CORE/WORKFLOWS', '.3ox.workflows'] as const;
const workflowKey = /^[ {]*"?(?:workflow|workset)"?\s*:/m;
const filesMax = 1000;
const depthMax = 8;
export const fileBytesMax = 1024 * 1024;

/** The definitions of a project, by their paths in it. Files that look like none are left out. */
export async function localDefinitions(projectDir: string): Promise<readonly LocalDefinition[]> {
  const found = await definitionsAt(await projectFiles(projectDir));

  return found.map((each) => ({ ...each, path: relative(projectDir, each.path) }));
}

/** Every file of a project that may be a definition, by path, in the order of `definitionFolders`. */
export async function projectFiles(projectDir: string): Promise<readonly string[]> {
  const files = await Promise.all(
    definitionFolders.map((folder) => definitionFiles(join(projectDir, folder))),
  );

  return files.flat();
}

/** The definitions among files. Those that look like none are left out. */
export async function definitionsAt(paths: readonly string[]): Promise<readonly LocalDefinition[]> {
  const found = await Promise.all(
    paths.map(async (path): Promise<readonly LocalDefinition[]> => {
      const text = (await stat(path)).size > fileBytesMax ? '' : await readFile(path, 'utf8');
      const named = identifyDefinition(text);
      return named === undefined ? [] : [{ path, ...named }];
    }),
  );

  return found.flat();
}

/** Every file of a folder that may be a definition, by path. A folder that is not there has none. */
export async function definitionFiles(folder: string, depth = 0): Promise<readonly string[]> {
  if (depth > depthMax) return [];
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const files: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !entry.name.startsWith('.'))
      files.push(...(await definitionFiles(path, depth + 1)));
    else if (entry.isFile() && isDefinitionName(entry.name)) files.push(path);
    if (files.length >= filesMax) return files.slice(0, filesMax);
  }

  return files;
}

/** The cases that a definition is tested with stand beside it and are none; nor is the schema that editors check by. */
export function isDefinitionName(name: string): boolean {
  return /\.(ya?ml|json)$/i.test(name) && !/\.(test\.ya?ml|schema\.json)$/i.test(name);
}

/** Whether a text may be that of a definition, by a look at it. */
export function looksLikeDefinition(text: string): boolean {
  return workflowKey.test(text);
}

/** The first `id` and `version` after `workflow`. Reading the whole file properly is for the one that is started. */
export function identifyDefinition(
  text: string,
): { readonly id: string; readonly version: number | undefined } | undefined {
  const body = workflowKey.exec(text);
  if (body === null) return undefined;
  const rest = text.slice(body.index);
  const id = /(?:^|[\s,{])"?id"?\s*:\s*["']?([A-Za-z0-9_-]+)/.exec(rest)?.[1];
  const version = /(?:^|[\s,{])"?version"?\s*:\s*["']?(\d+)/.exec(rest)?.[1];

  return id === undefined ? undefined : { id, version: version === undefined ? undefined : Number(version) };
}

/** Where the files of the bundle stand by which a folder is served: a link that is changed as a whole. */
export const bundleLink = '.3ox/bundle/current';

/** Whether a folder is served from a bundle of the store, and not from files of its own. */
export function isBundleFolder(projectDir: string): boolean {
  return existsSync(join(projectDir, bundleLink));
}

/** Where a file is read that declares something, such as agents.yaml: in the bundle that the folder is served from. */
export function declaredPath(projectDir: string, name: string): string {
  return isBundleFolder(projectDir) ? join(projectDir, bundleLink, name) : join(projectDir, name);
}
