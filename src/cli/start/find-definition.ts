import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, extname, join, relative, resolve } from 'node:path';
import { notExecutable } from '../../../machines/language/executable.ts';
import { type LoadedDefinition, loadDefinition } from '../../../machines/language/load-definition.ts';
import { formatProblems, type Problem } from '../../../machines/language/problem.ts';
import { suggest } from '../../../machines/language/suggest.ts';
import {
  definitionsFolder,
  isDefinitionName,
  type LocalDefinition,
  localDefinitions,
} from '../../files/local-definitions.ts';
import type { StoredDefinition } from '../../ports/definitions/definition-store.ts';
import type { Workflows } from '../../ports/runs/workflows.ts';
import { CliFailure } from '../cli-failure.ts';

export type Place = { readonly cwd: string; readonly projectDir: string };

/**
 * The definition that a path or an id names, among the files of the project. Undefined when it can only be a
 * registered one. Throws CliFailure.
 */
export async function findLocal(name: string, { cwd, projectDir }: Place): Promise<Found | undefined> {
  const path = resolve(cwd, name);
  if (isPath(name) || (isDefinitionName(name) && existsSync(path))) {
    if (existsSync(path)) return loadFile(path, shownPath(path, projectDir, name));
    throw notAFile(name, await localDefinitions(projectDir));
  }
  const { id, version } = parseName(name);
  const named = (await localDefinitions(projectDir)).filter(
    (each) => each.id === id || stemOf(each.path) === id,
  );
  const [first] = [...named].sort((a, b) => (b.version ?? 0) - (a.version ?? 0));
  const fitting = version === undefined ? first : named.find((each) => each.version === version);

  return fitting === undefined ? undefined : loadFile(join(projectDir, fitting.path), fitting.path);
}

/** The registered definition that `id` or `id@version` names. Throws CliFailure. */
export async function findRegistered(
  name: string,
  workflows: Workflows,
  { projectDir }: Place,
): Promise<Found> {
  const { id, version } = parseName(name);
  const stored = await workflows.definition(id, version);
  if (stored !== undefined) return loadContent(stored.text, stored.file);

  throw notFound(name, await localDefinitions(projectDir), await workflows.definitions());
}

function isPath(name: string): boolean {
  return name.includes('/') || name.includes('\\') || isDefinitionName(name);
}

/** `inventory-validation@2`: a version may be asked for. */
export function parseName(name: string): { readonly id: string; readonly version?: number } {
  const match = /^(.+)@(\d+)$/.exec(name);

  return match === null ? { id: name } : { id: match[1] ?? name, version: Number(match[2]) };
}

function stemOf(path: string): string {
  return basename(path, extname(path));
}

/** Paths inside the project are shown from its folder on, others as they were given. */
function shownPath(path: string, projectDir: string, given: string): string {
  const inside = relative(projectDir, path);

  return inside.startsWith('..') ? given : inside;
}

function notAFile(name: string, local: readonly LocalDefinition[]): CliFailure {
  const meant = suggest(
    name,
    local.map(({ path }) => path),
  );
  const fix = meant === undefined ? knownText(local, []) : `workflow start ${meant}`;

  return new CliFailure('definition.not-found', `there is no file ${name}`, fix);
}

function notFound(
  name: string,
  local: readonly LocalDefinition[],
  registered: readonly StoredDefinition[],
): CliFailure {
  const ids = new Set([...local.map(({ id }) => id), ...registered.map(({ ref }) => ref.id)]);
  const meant = suggest(parseName(name).id, ids);
  const message = `there is no definition "${name}"; looked in ${definitionsFolder}/ of the project and among the registered ones`;

  return new CliFailure(
    'definition.not-found',
    message,
    meant === undefined ? knownText(local, registered) : `did you mean "${meant}"? workflow start ${meant}`,
  );
}

function knownText(local: readonly LocalDefinition[], registered: readonly StoredDefinition[]): string {
  const ids = [...new Set([...local.map(({ id }) => id), ...registered.map(({ ref }) => ref.id)])].sort();
  if (ids.length === 0) return 'give the path of a definition file';

  return `one of ${ids.slice(0, 10).join(', ')}${ids.length > 10 ? ` and ${ids.length - 10} more` : ''}`;
}

/** A definition that can be started, and where it came from. */
export type Found = {
  readonly loaded: LoadedDefinition;
  /** Shown in messages and stored with the definition. */
  readonly file: string;
  readonly warnings: readonly Problem[];
};

/** Reads and checks a definition file. `shown` is how messages call it. Throws CliFailure. */
export async function loadFile(path: string, shown: string): Promise<Found> {
  return loadContent(await readDefinition(path, shown), shown);
}

/** Checks the text of a definition. Throws CliFailure with every problem there is. */
function loadContent(content: Uint8Array | string, file: string): Found {
  const result = loadDefinition({ file, content });
  if (!result.ok) throw invalid(file, result.problems);

  return { loaded: result.loaded, file, warnings: result.warnings };
}

/** Throws CliFailure when the definition asks for what this version cannot carry out. */
export function refuseUnlessExecutable({ loaded, file }: Found): void {
  const errors = notExecutable(loaded.definition).filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return;
  const text = errors.map(({ path, message }) => `${file}  ${path}: ${message}`).join('\n');

  throw new CliFailure(
    'definition.not-executable',
    `${file} cannot be carried out by this version; nothing was started`,
    undefined,
    { text, key: 'problems', data: errors },
  );
}

async function readDefinition(path: string, shown: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (reason === 'ENOENT') throw new CliFailure('definition.not-found', `there is no file ${shown}`);
    throw new CliFailure('definition.unreadable', `${shown} cannot be read (${reason})`);
  }
}

function invalid(file: string, problems: readonly Problem[]): CliFailure {
  return new CliFailure(
    'definition.invalid',
    `${file} is no valid definition; nothing was started`,
    undefined,
    {
      text: formatProblems(problems),
      key: 'problems',
      data: problems,
    },
  );
}
