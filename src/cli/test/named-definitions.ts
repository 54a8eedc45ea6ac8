import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, normalize, relative, resolve } from 'node:path';
import type { Definition } from '../../../machines/definition.ts';
import { formatProblems, type Problem } from '../../../machines/language/problem.ts';
import { type LoadedCases, loadCases } from '../../../machines/prover/cases/load-cases.ts';
import {
  definitionFiles,
  definitionsAt,
  definitionsFolder,
  isDefinitionName,
  projectFiles,
} from '../../files/local-definitions.ts';
import {
  fittingFile,
  noSuchDefinition,
  refuseUnlessExecutable,
  usableResult,
} from '../../operations/definitions/resolve-definition.ts';
import { DefinitionRefused } from '../../ports/definitions/definition-refused.ts';
import type { TestedSubject, WrittenCases } from '../../projections/definition/test-definition.ts';
import { createFileWorlds } from '../check/file-worlds.ts';
import { CliFailure, cliFailureOf, type Details, type Failure } from '../cli-failure.ts';
import type { Invocation } from '../invocation.ts';
import { readDefinition } from '../start/definition-sources.ts';

const casesName = /\.test\.ya?ml$/i;

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
      ? await definitionPaths(await projectFiles(invocation.projectDir()))
      : (await Promise.all(names.map((name) => namedBy(name, invocation)))).flat();
  const paths = [...new Set(wanted)];
  const worlds = createFileWorlds(invocation, { paths, offline: false });
  const found: TestedSubject[] = [];
  const failures: (CliFailure | DefinitionRefused)[] = [];
  for (const path of paths) {
    try {
      const file = relative(invocation.io.cwd, path);
      const content = await readDefinition(path, file);
      const definition = usableResult(await worlds.check({ path, file, content }), file);
      refuseUnlessExecutable(definition);
      const { loaded } = definition;
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

async function namedBy(name: string, invocation: Invocation): Promise<readonly string[]> {
  const path = resolve(invocation.io.cwd, name);
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory() === true) return definitionPaths(await definitionFiles(path));
  if (there?.isFile() === true) return [path];
  const projectDir = invocation.projectDir();
  const files = await invocation.app.definitionFiles(projectDir);
  const ofProject = (await files.called(name)).filter(({ source }) => source === 'project');
  const file = fittingFile(ofProject, undefined);
  if (file !== undefined) return [join(projectDir, file.file)];
  const known = (await files.list()).filter(({ source }) => source === 'project');
  const ids = known.flatMap((each) => [...(each.named === undefined ? [] : [each.named.id]), each.file]);

  throw noSuchDefinition(name, ids, 'in a file of the project, and no file or folder of this name');
}

async function definitionPaths(files: readonly string[]): Promise<readonly string[]> {
  return (await definitionsAt(files)).map(({ path }) => path);
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

type Subject = {
  readonly path: string;
  readonly definition: Definition;
  /** It need not be written at its path yet, and cases for no definition that is there are left alone. */
  readonly isDraft?: boolean;
};

/** The cases for a definition in the `*.test.yaml` files beside it. Throws CliFailure with all that is wrong in one. */
export async function writtenCases(
  { path, definition, isDraft = false }: Subject,
  cwd: string,
): Promise<readonly WrittenCases[]> {
  const folder = dirname(path);
  const there = (await readdir(folder)).sort();
  const names = isDraft ? [...new Set([...there, basename(path)])] : there;
  const found: WrittenCases[] = [];
  for (const name of names.filter((each) => casesName.test(each))) {
    const file = relative(cwd, join(folder, name));
    const loaded = loadCases({ file, content: await readFile(join(folder, name)) });
    const subjects = subjectsOf(name, names, loaded.ok ? loaded.definition : undefined);
    if (subjects.length === 0 && !isDraft) throw withoutSubject(file, loaded);
    if (!subjects.some((each) => resolve(folder, each) === path)) continue;
    if (!loaded.ok) throw invalid(file, loaded.problems);
    refuseMisfits(file, loaded, definition);
    found.push({ file, cases: loaded.cases });
  }

  return found;
}

/** The files that the cases are about: the one that is named, else those called like it. */
function subjectsOf(
  name: string,
  names: readonly string[],
  definition: string | undefined,
): readonly string[] {
  if (definition !== undefined) return names.includes(normalize(definition)) ? [normalize(definition)] : [];
  const stem = name.replace(casesName, '');

  return names.filter((each) => isDefinitionName(each) && each.replace(/\.\w+$/, '') === stem);
}

function refuseMisfits(file: string, { misfits }: LoadedCases, definition: Definition): void {
  const problems = misfits(definition).filter(({ severity }) => severity === 'error');
  if (problems.length > 0) throw invalid(file, problems);
}

function invalid(file: string, problems: readonly Problem[]): CliFailure {
  return new CliFailure('cases.invalid', `${file} holds no valid cases; nothing was tested`, undefined, {
    text: formatProblems(problems),
    key: 'problems',
    data: problems,
  });
}

function withoutSubject(file: string, loaded: ReturnType<typeof loadCases>): CliFailure {
  return loaded.ok ? withoutDefinition(file, loaded.definition) : invalid(file, loaded.problems);
}

function withoutDefinition(file: string, definition: string | undefined): CliFailure {
  const what = definition === undefined ? 'called like it' : `called ${definition}`;

  return new CliFailure(
    'cases.no-definition',
    `${file}: there is no definition ${what} beside it`,
    'name one: test: {definition: <file>, cases: [...]}',
  );
}
