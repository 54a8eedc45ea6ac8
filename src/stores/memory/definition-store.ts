import type { DefinitionRef } from '../../../events/run-events.ts';
import {
  type DefinitionStore,
  DefinitionTaken,
  type StoredDefinition,
} from '../../ports/definitions/definition-store.ts';

/** Definitions in memory, for simulation tests. */
export function createMemoryDefinitionStore(): DefinitionStore {
  const byHash = new Map<string, StoredDefinition>();
  const versions = new Map<string, Map<number, string>>();
  const watchers = new Set<(ref: DefinitionRef) => void>();

  return {
    register: async (definition) => {
      const { ref } = definition;
      const known = versions.get(ref.id) ?? new Map<number, string>();
      const hash = known.get(ref.version);
      if (hash !== undefined && hash !== ref.hash) throw new DefinitionTaken(ref, hash);
      if (hash !== undefined) return;

      // Also over a draft, which nobody published.
      byHash.set(ref.hash, definition);
      versions.set(ref.id, known.set(ref.version, ref.hash));
      for (const tell of watchers) tell(ref);
    },
    keepDraft: async (definition) => {
      if (!byHash.has(definition.ref.hash)) byHash.set(definition.ref.hash, definition);
    },
    byHash: async (hash) => byHash.get(hash),
    byId: async (id, version) => {
      const known = versions.get(id);
      if (known === undefined) return undefined;

      return byHash.get(known.get(version ?? Math.max(...known.keys())) ?? '');
    },
    list: async () =>
      [...versions.values()].flatMap((known) =>
        [...known.values()].flatMap((hash) => byHash.get(hash) ?? []),
      ),
    watch: async (onRegistered, signal) => {
      if (signal.aborted) return;
      watchers.add(onRegistered);
      signal.addEventListener('abort', () => watchers.delete(onRegistered));
      for (const [id, known] of versions)
        for (const [version, hash] of known) onRegistered({ id, version, hash });
    },
  };
}
