// One name means one definition, whoever asks: the command line, HTTP or the dashboard
// (docs/decisions/0021-one-name-one-definition.md).
import { parseDefinitionName } from '../../../machines/definition.ts';
import { executionProblems } from '../../../machines/language/check-text.ts';
import { type LoadedDefinition, loadDefinition } from '../../../machines/language/load-definition.ts';
import { formatProblems, type Problem } from '../../../machines/language/problem.ts';
import { suggest } from '../../../machines/language/suggest.ts';
import type { SchemaFiles } from '../../../machines/language/text/pinned-schemas.ts';
import type { KnownWorld } from '../../../machines/language/world/world.ts';
import type { DraftNotice } from '../../api/commands.ts';
import { DefinitionRefused } from '../../ports/definitions/definition-refused.ts';
import type { DefinitionFile, ProjectDefinitions } from '../../ports/definitions/project-definitions.ts';
import type { Workflows } from '../../ports/runs/workflows.ts';

/** Where definitions are looked for. */
export type DefinitionSources = {
  readonly registered: Pick<Workflows, 'definition' | 'definitions'>;
  readonly files: Pick<ProjectDefinitions, 'list' | 'called'>;
  /** The file at a path that was given; undefined where there is none. */
  readonly fileAt: (path: string) => Promise<DefinitionFile | undefined>;
  /** The paths of files that may be definitions, in the folder of a path that was given. */
  readonly filesBeside?: (path: string) => Promise<readonly string[]>;
};

/** A definition that can be used, and where it came from. */
export type ResolvedDefinition = {
  readonly loaded: LoadedDefinition;
  /** Shown in messages, and stored with the definition. */
  readonly file: string;
  readonly warnings: readonly Problem[];
  readonly origin: 'registered' | 'file';
  /** The file of the project that says something else than what the name means. */
  readonly draft?: DraftNotice;
};

export type ResolveOptions = {
  /** Takes the file of the project, also where another version of the definition is registered. */
  readonly draft?: boolean;
};

/**
 * The definition that a name means: a path (with `/`, or ending in .yaml, .yml or .json) means that file; `id@version`
 * that version; an id the highest registered version, or the file of the project where none is registered yet. Rejects
 * with DefinitionRefused where there is none, or where the one that is meant has errors.
 */
export async function resolveDefinition(
  sources: DefinitionSources,
  name: string,
  { draft = false }: ResolveOptions = {},
): Promise<ResolvedDefinition> {
  if (isDefinitionPath(name)) return fromPath(sources, name);
  const { id, version } = parseDefinitionName(name);
  const file = fittingFile(await sources.files.called(id), version);
  // A file may be called otherwise than the definition in it.
  const meant = file?.named?.id ?? id;
  const stored = draft ? undefined : await sources.registered.definition(meant, version);
  if (stored !== undefined) {
    const found = usableText(stored.text, stored.file);
    const notice = version === undefined ? await draftNotice(sources, file, found.loaded) : undefined;

    return { ...found, origin: 'registered', ...(notice === undefined ? {} : { draft: notice }) };
  }
  if (file !== undefined) return usableFile(file);

  throw await notFound(sources, name, draft);
}

/** Whether a name is the path of a file and not the id of a definition. */
export function isDefinitionPath(name: string): boolean {
  return /[/\\]/.test(name) || /\.(ya?ml|json)$/i.test(name);
}

/** What is around a text: names that it may use, and the files that it names. */
type Around = { readonly world?: KnownWorld; readonly schemas?: SchemaFiles };

/** Checks the text of a definition. Throws DefinitionRefused with every error there is. */
function usableText(
  content: Uint8Array | string,
  file: string,
  around: Around = {},
): Omit<ResolvedDefinition, 'origin'> {
  return usableResult(loadDefinition({ file, content, ...around }), file);
}

/** The same of a text that was checked before. */
export function usableResult(
  result: ReturnType<typeof loadDefinition>,
  file: string,
): Omit<ResolvedDefinition, 'origin'> {
  if (!result.ok) throw invalid(file, result.problems);
  const { loaded, warnings, misfits } = result;
  if (misfits.some(isError)) throw invalid(file, [...warnings, ...misfits]);

  return { loaded, file, warnings: [...warnings, ...misfits] };
}

function isError({ severity }: Problem): boolean {
  return severity === 'error';
}

/**
 * The definition of a text that is to be carried out, in this world where one is given. Throws DefinitionRefused with
 * every error there is.
 */
export function executableText(
  { file, text }: { readonly file: string; readonly text: string },
  around: Around = {},
): LoadedDefinition {
  const found = usableText(text, file, around);
  refuseUnlessExecutable(found);

  return found.loaded;
}

/** Throws DefinitionRefused when the definition asks for what this version of the engine cannot carry out. */
export function refuseUnlessExecutable({ loaded, file }: Pick<ResolvedDefinition, 'loaded' | 'file'>): void {
  const problems = executionProblems(loaded.definition, file).filter(({ severity }) => severity === 'error');
  if (problems.length === 0) return;

  throw new DefinitionRefused('definition.not-executable', `${file} cannot be carried out by this version`, {
    problems,
    text: problems.map(({ path, message }) => `${file}  ${path}: ${message}`).join('\n'),
  });
}

async function fromPath(sources: DefinitionSources, path: string): Promise<ResolvedDefinition> {
  const file = await sources.fileAt(path);
  if (file !== undefined) return usableFile(file);
  const beside = (await sources.filesBeside?.(path)) ?? [];
  const listed = (await sources.files.list()).map((each) => each.file);
  const meant = suggest(path, [...beside, ...listed]);
  const known = beside.length > 0 ? beside : listed;

  throw new DefinitionRefused('definition.not-found', `there is no file ${path}`, {
    fix: meant === undefined ? knownText(known) : `did you mean ${meant}?`,
  });
}

/** Of several files, those of the project count before the library, and the highest version before the others. */
export function fittingFile(
  files: readonly DefinitionFile[],
  version: number | undefined,
): DefinitionFile | undefined {
  const fitting = files.filter(({ named }) => version === undefined || named?.version === version);
  const ofProject = fitting.filter(({ source }) => source === 'project');
  const versionOf = ({ named }: DefinitionFile) => named?.version ?? 0;

  return [...(ofProject.length > 0 ? ofProject : fitting)].sort((a, b) => versionOf(b) - versionOf(a))[0];
}

/** What a file holds. Throws DefinitionRefused with every error there is. */
export function usableFile({ file, loaded, problems }: DefinitionFile): ResolvedDefinition {
  // What this version cannot carry out is told of where it would be.
  const misfits = problems.filter((each) => isError(each) && each.code !== 'definition.not-executable');
  if (loaded !== undefined && misfits.length === 0) {
    const warnings = problems.filter(({ severity }) => severity === 'warning');

    return { loaded, file, warnings, origin: 'file' };
  }

  throw invalid(file, problems);
}

/** What is said where a file of the project is not what the name means. */
async function draftNotice(
  { registered }: DefinitionSources,
  draft: DefinitionFile | undefined,
  { ref: started }: LoadedDefinition,
): Promise<DraftNotice | undefined> {
  if (draft === undefined || draft.source !== 'project') return undefined;
  const { file, loaded } = draft;
  if (loaded === undefined) {
    const message = `${file} has errors; v${started.version} is what counts, as it is registered`;

    return { file, message };
  }
  const { ref } = loaded;
  const differs = ref.hash === started.hash ? undefined : await unpublishedText(registered, { file, loaded });
  if (differs === undefined) return undefined;
  const message = `${differs}; v${started.version} is what counts until it is published`;

  return { file, version: ref.version, message };
}

/** How a file differs from what is registered; undefined where the same is. */
export async function unpublishedText(
  registered: DefinitionSources['registered'],
  { file, loaded: { ref } }: Pick<ResolvedDefinition, 'file' | 'loaded'>,
): Promise<string | undefined> {
  const same = await registered.definition(ref.id, ref.version);
  if (same?.ref.hash === ref.hash) return undefined;

  return same === undefined
    ? `${file} holds v${ref.version}, which is not published`
    : `${file} differs from v${ref.version} as it is registered`;
}

function invalid(file: string, problems: readonly Problem[]): DefinitionRefused {
  return new DefinitionRefused('definition.invalid', `${file} is no valid definition`, {
    problems,
    text: formatProblems(problems),
  });
}

async function notFound(
  { files, registered }: DefinitionSources,
  name: string,
  draft: boolean,
): Promise<DefinitionRefused> {
  const ofFiles = (await files.list()).flatMap((each) => each.named?.id ?? []);
  const ids = draft ? ofFiles : [...ofFiles, ...(await registered.definitions()).map(({ ref }) => ref.id)];

  return noSuchDefinition(
    name,
    ids,
    draft ? 'in a file of the project' : 'registered or in a file of the project',
  );
}

/** What is said of a name that means none of the definitions with these ids. */
export function noSuchDefinition(name: string, ids: readonly string[], where: string): DefinitionRefused {
  const meant = suggest(parseDefinitionName(name).id, new Set(ids));

  return new DefinitionRefused('definition.not-found', `there is no definition "${name}" ${where}`, {
    fix: meant === undefined ? knownText(ids) : `did you mean "${meant}"?`,
  });
}

const knownMax = 10;

function knownText(names: readonly string[]): string {
  const known = [...new Set(names)].sort();
  if (known.length === 0) return 'give the path of a definition file';
  const more = known.length > knownMax ? ` and ${known.length - knownMax} more` : '';

  return `one of ${known.slice(0, knownMax).join(', ')}${more}`;
}
