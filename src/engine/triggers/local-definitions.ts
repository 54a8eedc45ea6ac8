import { parseDefinitionName } from '../../../machines/definition.ts';
import { referredWorkflows } from '../../../machines/language/referred-workflows.ts';
import {
  type DefinitionStore,
  DefinitionTaken,
  DefinitionUnreadable,
} from '../../ports/definitions/definition-store.ts';
import type { FolderDefinition } from '../../ports/definitions/definitions-folder.ts';
import { isRegistered } from '../draft-definitions.ts';

export type LocalDefinitionsDeps = {
  readonly definitions: Pick<DefinitionStore, 'register' | 'byId'>;
  /** Whether a definition is started by others than its triggers; absent: none is. */
  readonly isWanted?: (id: string) => boolean;
  /** Told of each that was not registered before. */
  readonly onRegistered: (definition: FolderDefinition) => void;
  /** Told once of each that cannot be registered as it is. */
  readonly onTrouble: (error: unknown) => void;
};

/**
 * Registers, of the definitions of a project, those that start by themselves, those that other stations may start, and
 * those that they start runs of. What
 * has triggers in the registered version is registered without them, too: that is how triggers are taken away. Rejects
 * where the store does not answer.
 */
export function createLocalDefinitions(
  deps: LocalDefinitionsDeps,
): (found: readonly FolderDefinition[]) => Promise<void> {
  /** By hash: dealt with, whatever it came to. What is registered stays so. */
  const done = new Set<string>();

  async function register(each: FolderDefinition): Promise<void> {
    const { ref, text } = each.loaded;
    if (done.has(ref.hash)) return;
    // By its version: under its hash there may be a draft, which starts nothing by itself.
    if (!(await isRegistered(deps.definitions, ref))) {
      await deps.definitions.register({ ref, text, file: each.file });
      deps.onRegistered(each);
    }
    done.add(ref.hash);
  }

  return async (found) => {
    for (const each of await wanted(deps, found)) {
      await register(each).catch((error: unknown) => {
        if (!(error instanceof DefinitionTaken)) throw error;
        deps.onTrouble(error);
        done.add(each.loaded.ref.hash);
      });
    }
  };
}

/** What others start runs of comes before them. */
async function wanted(
  deps: LocalDefinitionsDeps,
  found: readonly FolderDefinition[],
): Promise<ReadonlySet<FolderDefinition>> {
  const ordered = new Set<FolderDefinition>();
  const seen = new Set<FolderDefinition>();
  const add = (each: FolderDefinition): void => {
    if (seen.has(each)) return;
    seen.add(each);
    for (const name of referredWorkflows(each.loaded)) {
      const referred = namedIn(found, name);
      if (referred !== undefined) add(referred);
    }
    ordered.add(each);
  };
  for (const each of found) {
    const isWanted = deps.isWanted?.(each.loaded.ref.id) ?? false;
    if (isWanted || each.loaded.definition.triggers.length > 0 || (await hadTriggers(deps, each))) add(each);
  }

  return ordered;
}

async function hadTriggers({ definitions }: LocalDefinitionsDeps, { loaded }: FolderDefinition) {
  const stored = await definitions.byId(loaded.ref.id).catch(unlessUnreadable);

  return stored !== undefined && stored.ref.version < loaded.ref.version && /\btriggers\b/.test(stored.text);
}

/** What is stored and is no definition is replaced by registering it again. */
function unlessUnreadable(error: unknown): undefined {
  if (!(error instanceof DefinitionUnreadable)) throw error;
}

/** The one that `id@version` names, or the latest of an `id`. */
function namedIn(found: readonly FolderDefinition[], name: string): FolderDefinition | undefined {
  const { id, version } = parseDefinitionName(name);
  const fitting = found.filter(
    ({ loaded: { ref } }) => ref.id === id && (version === undefined || ref.version === version),
  );

  return [...fitting].sort((a, b) => b.loaded.ref.version - a.loaded.ref.version)[0];
}
