import type { DefinitionRef } from '../../events/run-events.ts';
import type { DefinitionStore, StoredDefinition } from '../ports/definitions/definition-store.ts';
import type { FolderDefinition } from '../ports/definitions/definitions-folder.ts';

/** Definitions as somebody who edits their files wants them to count. */
export type DraftDefinitions = {
  /** What an engine goes by that works with drafts. */
  readonly definitions: DefinitionStore;
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
  const watchers = new Set<(ref: DefinitionRef) => void>();

  const stored = new Set<string>();
  const kept = async (draft: StoredDefinition): Promise<StoredDefinition> => {
    if (!stored.has(draft.ref.hash)) await store.keepDraft(draft);
    stored.add(draft.ref.hash);

    return draft;
  };

  return {
    replace: (found) => {
      const before = drafts;
      drafts = new Map(
        found.map(({ loaded: { ref, text }, file }) => [ref.hash, { ref, text, file }] as const),
      );
      for (const [hash, { ref }] of drafts) if (!before.has(hash)) for (const tell of watchers) tell(ref);
    },
    definitions: {
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
      watch: async (onRegistered, signal) => {
        watchers.add(onRegistered);
        signal.addEventListener('abort', () => watchers.delete(onRegistered), { once: true });
        await store.watch(onRegistered, signal);
        for (const { ref } of drafts.values()) onRegistered(ref);
      },
    },
  };
}

function isCalled(ref: DefinitionRef, id: string, version: number | undefined): boolean {
  return ref.id === id && (version === undefined || ref.version === version);
}

function highest(drafts: readonly StoredDefinition[]): StoredDefinition | undefined {
  return [...drafts].sort((a, b) => b.ref.version - a.ref.version)[0];
}
