import type { z } from '@hono/zod-openapi';
import { notExecutable } from '../../../machines/language/executable.ts';
import { type LoadedDefinition, loadDefinition } from '../../../machines/language/load-definition.ts';
import type { Problem } from '../../../machines/language/problem.ts';
import { referredWorkflows } from '../../../machines/language/referred-workflows.ts';
import { didYouMean } from '../../../machines/language/suggest.ts';
import type { Recorded, StartRequest } from '../../api/commands.ts';
import type { TextProblem } from '../../api/problem.ts';
import type { DefinitionFile } from '../../ports/definitions/project-definitions.ts';
import type { Answer } from '../../ports/runs/workflows.ts';
import { type ApiDeps, type Caller, RequestRefused } from '../api.ts';
import { checkedInput } from './checked-input.ts';

/** Definitions that refer to each other can be many, and in a circle. */
const alongsideMax = 100;

/** Checks everything and starts a run. Throws RequestRefused. */
export async function startRun(
  deps: Pick<ApiDeps, 'workflows' | 'definitionFiles'>,
  caller: Caller,
  { definition: name, input: given, idempotencyKey: key }: z.output<typeof StartRequest>,
): Promise<Recorded> {
  const found = await foundDefinition(deps, name);
  const alongside = await alongsideOf(deps, found);
  const input = checkedInput(found.definition.definition, given);

  return recorded(
    await deps.workflows.start({
      ...found,
      alongside,
      input,
      actor: caller.actor,
      ...(key === undefined ? {} : { key }),
    }),
  );
}

/** A definition that a run can be started of; `file` is stored with it. */
type Found = { readonly definition: LoadedDefinition; readonly file: string };

type Deps = Pick<ApiDeps, 'workflows' | 'definitionFiles'>;

/**
 * What `id`, `id@version` or the path of a file in the project names: what is registered counts before what stands in
 * files, the project before the library. Throws RequestRefused.
 */
async function foundDefinition(deps: Deps, name: string): Promise<Found> {
  const { workflows, definitionFiles } = deps;
  const { id, version } = parsedName(name);
  const stored = isPath(name) ? undefined : await workflows.definition(id, version);
  if (stored !== undefined) return executable(loaded(stored.text, stored.file));
  const files = await definitionFiles.list();
  const file = isPath(name) ? files.find((each) => each.file === name) : highest(files, { id, version });
  if (file !== undefined) return executable(ofFile(file));
  const ids = [...files.flatMap((each) => each.loaded?.ref.id ?? []), ...(await registeredIds(deps))];

  throw new RequestRefused({
    code: 'definition.not-found',
    message: `there is no definition "${name}", neither registered nor in a file of the project${didYouMean(id, ids)}`,
  });
}

/** What the definition starts runs of, and what that does, as far as it stands in files of the project. */
async function alongsideOf({ definitionFiles }: Deps, started: Found): Promise<readonly Found[]> {
  const left = [...referredWorkflows(started.definition)];
  if (left.length === 0) return [];
  const files = await definitionFiles.list();
  const found = new Map<string, Found>();
  const seen = new Set([started.definition.ref.id]);
  for (let name = left.shift(); name !== undefined && found.size < alongsideMax; name = left.shift()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const file = highest(files, parsedName(name));
    if (file === undefined) continue;
    const each = executable(ofFile(file));
    found.set(each.definition.ref.hash, each);
    left.push(...referredWorkflows(each.definition));
  }

  return [...found.values()];
}

type Name = { readonly id: string; readonly version?: number | undefined };

function parsedName(name: string): Name {
  const [, id, version] = /^(.+)@(\d{1,9})$/.exec(name) ?? [];

  return id === undefined ? { id: name } : { id, version: Number(version) };
}

function isPath(name: string): boolean {
  return name.includes('/') || /\.(ya?ml|json)$/i.test(name);
}

function highest(files: readonly DefinitionFile[], { id, version }: Name): DefinitionFile | undefined {
  const fitting = files.filter(
    ({ loaded: each }) =>
      each !== undefined && each.ref.id === id && (version === undefined || each.ref.version === version),
  );
  const ofProject = fitting.filter(({ source }) => source === 'project');
  const versionOf = (file: DefinitionFile) => file.loaded?.ref.version ?? 0;

  return [...(ofProject.length > 0 ? ofProject : fitting)].sort((a, b) => versionOf(b) - versionOf(a))[0];
}

async function registeredIds({ workflows }: Deps): Promise<readonly string[]> {
  return (await workflows.definitions()).map(({ ref }) => ref.id);
}

function ofFile({ file, loaded: definition, problems }: DefinitionFile): Found {
  if (definition !== undefined) return { definition, file };

  throw invalid(file, problems);
}

function loaded(text: string, file: string): Found {
  const result = loadDefinition({ file, content: text });
  if (result.ok) return { definition: result.loaded, file };

  throw invalid(file, result.problems);
}

function invalid(file: string, problems: readonly Problem[]): RequestRefused {
  return new RequestRefused({
    code: 'definition.invalid',
    message: `${file} is no valid definition; nothing was started`,
    problems: problems.map(({ code, severity, message, path, line, column }): TextProblem => {
      return { code, severity, message, path, line, column };
    }),
  });
}

/** Refuses what asks for something that this version cannot carry out. */
function executable(found: Found): Found {
  const errors = notExecutable(found.definition.definition).filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return found;

  throw new RequestRefused({
    code: 'definition.not-executable',
    message: `${found.file} cannot be carried out by this version; nothing was started`,
    problems: errors,
  });
}

/** What a command led to. Throws RequestRefused with the refusal of the engine. */
export function recorded(answer: Answer): Recorded {
  if (answer.ok) return { run: answer.run, sequence: answer.sequence };

  throw new RequestRefused(answer.refusal);
}
