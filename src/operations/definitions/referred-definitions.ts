import { parseDefinitionName } from '../../../machines/definition.ts';
import { referredWorkflows } from '../../../machines/language/referred-workflows.ts';
import type { DraftNotice } from '../../api/commands.ts';
import {
  type DefinitionSources,
  fittingFile,
  type ResolvedDefinition,
  refuseUnlessExecutable,
  unpublishedText,
  usableFile,
} from './resolve-definition.ts';

/** The definitions that a definition starts runs of. */
export type ReferredDefinitions = {
  /** Those that have to be registered with it. */
  readonly found: readonly ResolvedDefinition[];
  /** As they are named, `id` or `id@version`: neither registered nor in a file. */
  readonly missing: readonly string[];
};

/** Definitions that refer to each other can be many, and in a circle. */
const referredMax = 100;

/**
 * What a definition refers to, and what that refers to. What was taken from a file brings the files of the project
 * along; what is registered goes on with what is registered, and brings only what is not registered yet. Rejects with
 * DefinitionRefused for one that is invalid.
 */
export async function referredDefinitions(
  sources: DefinitionSources,
  started: ResolvedDefinition,
): Promise<ReferredDefinitions> {
  const { ref } = started.loaded;
  const found = new Map<string, ResolvedDefinition>();
  const missing = new Set<string>();
  const seen = new Set<string>([ref.id, `${ref.id}@${ref.version}`]);
  const left = [...referredWorkflows(started.loaded)];
  for (let name = left.shift(); name !== undefined && found.size < referredMax; name = left.shift()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const referred = await resolved(sources, name, started.origin);
    if (referred === 'missing') missing.add(name);
    if (typeof referred === 'string') continue;
    refuseUnlessExecutable(referred);
    found.set(referred.loaded.ref.hash, referred);
    left.push(...referredWorkflows(referred.loaded));
  }

  return { found: [...found.values()], missing: [...missing] };
}

/**
 * What is to be said of the drafts that a start brings along: files of the project that say something else than what is
 * registered by their ids.
 */
export async function referredDrafts(
  registered: DefinitionSources['registered'],
  { found }: Pick<ReferredDefinitions, 'found'>,
): Promise<readonly DraftNotice[]> {
  const notices: DraftNotice[] = [];
  for (const { file, loaded } of found) {
    const latest = await registered.definition(loaded.ref.id);
    const differs = latest === undefined ? undefined : await unpublishedText(registered, { file, loaded });
    if (differs === undefined) continue;
    const { version } = loaded.ref;
    notices.push({ file, version, message: `${differs}; the run is started with it` });
  }

  return notices;
}

async function resolved(
  sources: DefinitionSources,
  name: string,
  origin: ResolvedDefinition['origin'],
): Promise<ResolvedDefinition | 'missing' | 'registered'> {
  const { id, version } = parseDefinitionName(name);
  const isThere = async (): Promise<boolean> =>
    (await sources.registered.definition(id, version)) !== undefined;
  if (origin === 'registered' && (await isThere())) return 'registered';
  // A file may be found by its name and hold another definition.
  const files = (await sources.files.called(id)).filter(({ named }) => named?.id === id);
  const file = fittingFile(files, version);
  if (file !== undefined) return usableFile(file);

  return origin === 'file' && (await isThere()) ? 'registered' : 'missing';
}
