import type { RunCount } from '../../../machines/run/record/run-filter.ts';
import type { DefinitionPage } from '../../api/definitions.ts';
import type { Graph } from '../../api/run-parts.ts';
import {
  definitionRow,
  type KnownVersion,
  latestRunsMax,
  type RunsOfDefinition,
  runCounts,
} from '../../projections/definition/definition-row.ts';
import { formFieldsOf } from '../../projections/definition/form-field.ts';
import { shownInput } from '../../projections/run/run-document.ts';
import { projectSources } from '../runs/use-cases.ts';
import type { OperationPorts } from '../use-case.ts';
import type { KnownDefinition } from './known-definitions.ts';
import { resolveDefinition } from './resolve-definition.ts';

const inputsMax = 5;
const emptyGraph: Graph = { width: 0, height: 0, nodes: [], edges: [] };

/** The page of one definition. Its graph is empty if it could not be drawn. */
export async function definitionPage(
  deps: Pick<OperationPorts, 'workflows' | 'board' | 'definitionFiles'>,
  { shown, versions }: KnownDefinition,
  graph: Graph | undefined,
): Promise<DefinitionPage> {
  const { board } = deps;
  await board.ready;
  const runs = await runsOfDefinition(deps, shown.id, await board.counts({ definition: shown.id }));
  const input = shown.loaded?.definition.input ?? {};

  return {
    ...definitionRow(shown, versions, runs),
    text: shown.text,
    fields: [...formFieldsOf(input)],
    graph: graph ?? emptyGraph,
    history: historyOf(versions, runs.counts),
    files: filesOf(versions),
    draft: await draftOf(deps, shown),
    recentInputs: await recentInputs(deps, shown),
  };
}

/** How many runs of a definition there are, and those that were started last. */
export async function runsOfDefinition(
  { board }: Pick<OperationPorts, 'board'>,
  definition: string,
  counts: readonly RunCount[],
): Promise<RunsOfDefinition> {
  if (counts.length === 0) return { counts, latest: [] };

  return {
    counts,
    latest: await board.page({ filter: { definition }, order: 'started', limit: latestRunsMax }),
  };
}

/** What is said where a file of the project is not what the id starts. */
async function draftOf(
  deps: Pick<OperationPorts, 'workflows' | 'definitionFiles'>,
  { id, source, loaded }: KnownVersion,
): Promise<DefinitionPage['draft']> {
  if (source !== 'registered' || loaded === undefined) return undefined;

  return (await resolveDefinition(projectSources(deps), id)).draft;
}

function filesOf(versions: readonly KnownVersion[]): DefinitionPage['files'] {
  const registered = new Set(
    versions.filter(({ source }) => source === 'registered').map(({ hash }) => hash),
  );

  return versions
    .filter(({ source }) => source === 'project')
    .map(({ file, version, hash, problems }) => {
      return { file, version, hash, problems, isRegistered: registered.has(hash) };
    });
}

/** A version that is both registered and in a file is listed once. */
function historyOf(
  versions: readonly KnownVersion[],
  counts: readonly RunCount[],
): DefinitionPage['history'] {
  const byHash = new Map([...versions].reverse().map((each) => [each.hash, each]));
  const registered = new Map(
    versions.filter(({ source }) => source === 'registered').map((each) => [each.hash, each]),
  );

  return [...byHash.values()]
    .sort((a, b) => b.version - a.version || (a.source < b.source ? -1 : 1))
    .map(({ version, hash, file }) => ({
      version,
      hash,
      file,
      isRegistered: registered.has(hash),
      ...publishedOf(registered.get(hash)),
      ...runCounts(counts.filter(({ definition }) => definition.hash === hash)),
    }));
}

function publishedOf(
  version: KnownVersion | undefined,
): Pick<DefinitionPage['history'][number], 'published'> {
  return version?.published === undefined ? {} : { published: version.published };
}

async function recentInputs(
  { workflows, board }: Pick<OperationPorts, 'workflows' | 'board'>,
  { id: definition, loaded }: KnownVersion,
): Promise<DefinitionPage['recentInputs']> {
  const filter = { definition, isPart: false, isDamaged: false };
  const latest = await board.page({ filter, order: 'started', limit: inputsMax });
  const found: DefinitionPage['recentInputs'] = [];
  for (const { run, head } of latest) {
    // A run that cannot be read does not block the page.
    const view = await workflows.view(run).catch(() => undefined);
    if (view === undefined) continue;
    const isSecret = (name: string) =>
      view.definition.input[name]?.secret === true || loaded?.definition.input[name]?.secret === true;
    const input = Object.entries(shownInput(view)).filter(([name]) => !isSecret(name));
    found.push({ run, at: head.startedAt, input: Object.fromEntries(input) });
  }

  return found;
}
