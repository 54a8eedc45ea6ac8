import type { DefinitionRef } from '../../events/run-events.ts';
import {
  type DefinitionStore,
  DefinitionUnreadable,
  type StoredDefinition,
} from '../ports/definitions/definition-store.ts';
import type { FolderDefinition } from '../ports/definitions/definitions-folder.ts';

/** Definitions as somebody who edits their files wants them to count. */
export type DraftDefinitions = {
  /** What an id means for whoever edits, and for triggers: the draft. Registering keeps a draft. */
  readonly definitions: DefinitionStore;
  /** What an id means for a run that goes by this definition: a draft, where it is one itself. */
  readonly seenBy: (ref: DefinitionRef) => Promise<DefinitionStore>;
  /** Tells which draft each id means, now and at each change, until the signal aborts. */
  readonly watch: (onChange: (byId: ReadonlyMap<string, DefinitionRef>) => void, signal: AbortSignal) => void;
  /** These are the drafts from now on, in place of those before. */
  readonly replace: (found: readonly FolderDefinition[]) => void;
};

/**
 * The same definitions, where the files of a project count before what is registered, and nothing is registered
 * (docs/decisions/0081-a-draft-has-a-hash-and-no-version.md). Whatever is found is stored in that moment, so that runs
 * may go by it; a draft that nobody looks for leaves no trace.
 */
export function createDraftDefinitions(store: DefinitionStore): DraftDefinitions {
  let drafts: ReadonlyMap<string, StoredDefinition> = new Map();
  const watchers = new Set<Parameters<DraftDefinitions['watch']>[0]>();
  const stored = new Set<string>();
  const kept = async (draft: StoredDefinition): Promise<StoredDefinition> => {
    if (!stored.has(draft.ref.hash)) await store.keepDraft(draft);
    stored.add(draft.ref.hash);

    return draft;
  };

  const definitions: DefinitionStore = {
    ...store,
    register: (definition) => store.keepDraft(definition),
    byHash: async (hash) => {
      const draft = drafts.get(hash);

      return draft === undefined ? store.byHash(hash) : kept(draft);
    },
    byId: async (id, version) => {
      const draft = highest([...drafts.values()].filter(({ ref }) => isCalled(ref, id, version)));

      return draft === undefined ? store.byId(id, version) : kept(draft);
    },
  };

  function meant(): ReadonlyMap<string, DefinitionRef> {
    const rising = [...drafts.values()].sort((a, b) => a.ref.version - b.ref.version);

    return new Map(rising.map(({ ref }) => [ref.id, ref]));
  }

  return {
    definitions,
    seenBy: async (ref) => ((await isRegistered(store, ref)) ? store : definitions),
    watch: (onChange, signal) => {
      if (signal.aborted) return;
      watchers.add(onChange);
      signal.addEventListener('abort', () => watchers.delete(onChange), { once: true });
      onChange(meant());
    },
    replace: (found) => {
      drafts = new Map(
        found.map(({ loaded: { ref, text }, file }) => [ref.hash, { ref, text, file }] as const),
      );
      for (const tell of watchers) tell(meant());
    },
  };
}

/** What ids mean for a run of this chart: where nobody edits, what is registered. */
export async function definitionsSeenBy(
  {
    definitions,
    drafts,
  }: {
    readonly definitions: DefinitionStore;
    readonly drafts?: Pick<DraftDefinitions, 'seenBy'> | undefined;
  },
  { ref }: { readonly ref: DefinitionRef },
): Promise<DefinitionStore> {
  return drafts === undefined ? definitions : drafts.seenBy(ref);
}

/** A text that was registered is no draft any more, also for runs that were begun before. */
export async function isRegistered(
  store: Pick<DefinitionStore, 'byId'>,
  { id, version, hash }: DefinitionRef,
): Promise<boolean> {
  try {
    return (await store.byId(id, version))?.ref.hash === hash;
  } catch (error) {
    // Another text has the number, which cannot be read: that of the run could be.
    if (error instanceof DefinitionUnreadable) return false;
    throw error;
  }
}

function isCalled(ref: DefinitionRef, id: string, version: number | undefined): boolean {
  return ref.id === id && (version === undefined || ref.version === version);
}

function highest(drafts: readonly StoredDefinition[]): StoredDefinition | undefined {
  return [...drafts].sort((a, b) => b.ref.version - a.ref.version)[0];
}
