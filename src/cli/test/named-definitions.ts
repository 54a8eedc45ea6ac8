import { stat } from 'node:fs/promises';
import { basename, extname, join, relative, resolve } from 'node:path';
import { suggest } from '../../../machines/language/suggest.ts';
import { definitionsFolder, definitionsIn, localDefinitions } from '../../files/local-definitions.ts';
import {
  type ResolvedDefinition,
  refuseUnlessExecutable,
} from '../../operations/definitions/resolve-definition.ts';
import { DefinitionRefused } from '../../ports/definitions/definition-refused.ts';
import type { TestedSubject } from '../../projections/definition/test-definition.ts';
import { CliFailure, cliFailureOf, type Details, type Failure } from '../cli-failure.ts';
import type { Invocation } from '../invocation.ts';
import { loadFile } from '../start/definition-sources.ts';
import { writtenCases } from './written-cases.ts';

type Named = { readonly path: string; readonly load: () => Promise<Omit<ResolvedDefinition, 'origin'>> };

/**
 * The definitions that files, folders and ids name, each once; those of the project without any name. Throws CliFailure
 * with all that is wrong with any of them.
 */
export async function namedDefinitions(
  invocation: Invocation,
  names: readonly string[],
): Promise<readonly TestedSubject[]> {
  const wanted =
    names.length === 0
      ? await ofFolder(join(invocation.projectDir(), definitionsFolder), invocation)
      : (await Promise.all(names.map((name) => namedBy(name, invocation)))).flat();
  const byPath = new Map(wanted.map((each) => [each.path, each]));
  const found: TestedSubject[] = [];
  const failures: (CliFailure | DefinitionRefused)[] = [];
  for (const { path, load } of byPath.values()) {
    try {
      const definition = await load();
      refuseUnlessExecutable(definition);
      const { file, loaded } = definition;
      const about = { path, definition: loaded.definition };
      found.push({ file, path, loaded, cases: await writtenCases(about, invocation.io.cwd) });
    } catch (error) {
      if (!(error instanceof CliFailure || error instanceof DefinitionRefused)) throw error;
      failures.push(error);
    }
  }
  throwAll(failures);
  if (found.length === 0) throw nothingNamed(names);

  return found;
}

async function namedBy(name: string, invocation: Invocation): Promise<readonly Named[]> {
  const path = resolve(invocation.io.cwd, name);
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory() === true) return ofFolder(path, invocation);
  if (there?.isFile() === true) return [named(path, invocation)];
  const projectDir = invocation.projectDir();
  const local = await localDefinitions(projectDir);
  const called = local.filter((each) => each.id === name || basename(each.path, extname(each.path)) === name);
  const [latest] = [...called].sort((a, b) => (b.version ?? 0) - (a.version ?? 0));
  if (latest !== undefined) return [named(join(projectDir, latest.path), invocation)];
  const meant = suggest(
    name,
    local.flatMap((each) => [each.id, each.path]),
  );

  throw new CliFailure(
    'definition.not-found',
    `there is no file, folder or definition "${name}"`,
    meant === undefined ? 'give the path of a definition file, or of a folder' : `workflow test ${meant}`,
  );
}

async function ofFolder(folder: string, invocation: Invocation): Promise<readonly Named[]> {
  return (await definitionsIn(folder)).map(({ path }) => named(path, invocation));
}

function named(path: string, { io }: Invocation): Named {
  return { path, load: () => loadFile(path, relative(io.cwd, path)) };
}

/** One failure as it is; several as one that shows them all. */
function throwAll(failures: readonly (CliFailure | DefinitionRefused)[]): void {
  const [first] = failures;
  if (first === undefined) return;
  if (failures.length === 1) throw first;
  const told: readonly Failure[] = failures.map(cliFailureOf);
  const details: Details = {
    text: told.map((each) => each.details?.text ?? each.message).join('\n'),
    key: 'problems',
    data: told.flatMap(({ details, code, message }) => details?.data ?? { code, message }),
  };

  throw new CliFailure(
    'definition.invalid',
    `${failures.length} files are not valid; nothing was tested`,
    undefined,
    details,
  );
}

function nothingNamed(names: readonly string[]): CliFailure {
  const where = names.length === 0 ? `${definitionsFolder}/ of the project` : names.join(', ');

  return new CliFailure(
    'usage.definitions',
    `there are no definitions in ${where}`,
    'name a file or a folder',
  );
}
