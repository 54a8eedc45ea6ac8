import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, normalize, relative, resolve } from 'node:path';
import type { Definition } from '../../../machines/definition.ts';
import { formatProblems, type Problem } from '../../../machines/language/problem.ts';
import { type LoadedCases, loadCases } from '../../../machines/prover/cases/load-cases.ts';
import { isDefinitionName } from '../../files/local-definitions.ts';
import type { WrittenCases } from '../../projections/definition/test-definition.ts';
import { CliFailure } from '../cli-failure.ts';

const casesName = /\.test\.ya?ml$/i;

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
