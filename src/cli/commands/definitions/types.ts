import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Definition } from '../../../../machines/definition.ts';
import { formatProblems } from '../../../../machines/language/problem.ts';
import { contractOfFile } from '../../../../machines/language/world/world.ts';
import { definitionsFolder } from '../../../files/local-definitions.ts';
import { DefinitionRefused } from '../../../ports/definitions/definition-refused.ts';
import type { DefinitionFile } from '../../../ports/definitions/project-definitions.ts';
import { typescriptTypes } from '../../../projections/definition/typescript-types.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { writeTargets } from '../../import/write-definitions.ts';
import { type Invocation, quoted } from '../../invocation.ts';

export type TypesFlags = { readonly out?: string; readonly check?: boolean };

/** `workflow types`: what the definitions of the project take and give, as TypeScript for programs that start them. */
export async function types(invocation: Invocation, { out, check }: TypesFlags): Promise<ExitCode> {
  const { output, io, hint } = invocation;
  if (check === true && out === undefined)
    throw new CliFailure(
      'usage.types-check',
      '--check needs --out, which names the file that it compares',
      hint('types', '--check', '--out', 'workflows.d.ts'),
    );
  const { definitions, text } = await typesOfProject(invocation);
  const about = definitions.map(({ id, version }) => ({ id, version }));
  if (out === undefined) {
    output.document('WorkflowTypes', { definitions: about, text });
    output.data(text.trimEnd());
    return 0;
  }
  const path = resolve(io.cwd, out);
  if (check === true) await refuseStale(path, text, { shown: out, fix: hint('types', '--out', quoted(out)) });
  else await writeTargets([{ path, shown: out, text }], { force: true });
  output.document('WorkflowTypes', { definitions: about, file: out });
  const count = `${about.length} ${about.length === 1 ? 'definition' : 'definitions'}`;
  output.data(`${output.paint.glyph('COMPLETED')} ${out}  ${count}${check === true ? ', up to date' : ''}`);

  return 0;
}

async function typesOfProject({ app, projectDir }: Invocation): Promise<{
  readonly definitions: readonly Definition[];
  readonly text: string;
}> {
  const dir = projectDir();
  const files = (await (await app.definitionFiles(dir)).list()).filter(({ source }) => source === 'project');
  refuseInvalid(files);
  const definitions = latestOf(files);
  if (definitions.length === 0)
    throw new CliFailure(
      'usage.definitions',
      `there are no definitions in ${definitionsFolder}/ of the project`,
      'name its folder with --project',
    );
  const world = { ...(await app.world(dir)), definitions: files.flatMap(contractOfFile) };

  return { definitions, text: typescriptTypes(definitions, world) };
}

/** A program that is compiled without one of them would be told that there is none. Throws DefinitionRefused. */
function refuseInvalid(files: readonly DefinitionFile[]): void {
  const problems = files.filter(({ loaded }) => loaded === undefined).flatMap((file) => file.problems);
  if (problems.length === 0) return;
  const names = [...new Set(problems.map(({ file }) => file))].join(', ');

  throw new DefinitionRefused('definition.invalid', `not valid, so nothing was written: ${names}`, {
    problems,
    text: formatProblems(problems),
  });
}

/** The highest version of each, by id. */
function latestOf(files: readonly DefinitionFile[]): readonly Definition[] {
  const latest = new Map<string, Definition>();
  for (const { loaded } of files) {
    if (loaded === undefined) continue;
    const { definition } = loaded;
    const { version = 0 } = latest.get(definition.id) ?? {};
    if (definition.version > version) latest.set(definition.id, definition);
  }

  return [...latest.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

async function refuseStale(
  path: string,
  text: string,
  { shown, fix }: { readonly shown: string; readonly fix: string },
): Promise<void> {
  const there = await readFile(path, 'utf8').catch(() => undefined);
  // A formatter or git may have changed how its lines end.
  if (there?.replaceAll('\r\n', '\n') === text) return;
  const what =
    there === undefined ? 'is not there, or cannot be read' : 'is not what the definitions say now';

  throw new CliFailure('definition.stale-types', `${shown} ${what}`, fix);
}
