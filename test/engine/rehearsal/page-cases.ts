// Cases as people write them beside a definition, played on the real engine as `workflow test` does.
import { type LoadedDefinition, loadDefinition } from '../../../machines/language/load-definition.ts';
import { formatProblems } from '../../../machines/language/problem.ts';
import { loadCases } from '../../../machines/prover/cases/load-cases.ts';
import { playCases } from '../../../machines/prover/cases/play-cases.ts';
import { createRehearsals } from '../../../src/compose/rehearsal.ts';

export const rehearsals = createRehearsals();

export function loaded(content: string, file = 'shown.yaml'): LoadedDefinition {
  const result = loadDefinition({ file, content });
  if (!result.ok) throw new Error(formatProblems(result.problems));

  return result.loaded;
}

/** What does not come as the cases say, each in words. `cases` is the list as it stands in a `*.test.yaml`. */
export async function problemsOf(definitionText: string, cases: string): Promise<readonly string[]> {
  const definition = loaded(definitionText);
  const content = `test:\n  cases:\n${cases.replaceAll(/^/gm, '    ')}`;
  const read = loadCases({ file: 'cases.yaml', content });
  if (!read.ok) return [formatProblems(read.problems)];
  const misfits = read.misfits(definition.definition).map(({ message }) => message);
  const played = await playCases(definition, read.cases, rehearsals);

  return [...misfits, ...played.flatMap(({ name, problems }) => problems.map((each) => `${name}: ${each}`))];
}

/** The same for cases that are mappings on one line each, and go by their numbers. */
export function numbered(cases: readonly string[]): string {
  return cases.map((each, index) => each.replace('{', `- {name: case ${index + 1}, `)).join('\n');
}
