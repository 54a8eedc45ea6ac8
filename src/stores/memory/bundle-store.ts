import { type Bundle, bundleHash } from '../../../machines/bundle.ts';
import type { BundleStore, PublishedBundle } from '../../ports/definitions/bundle-store.ts';

/** Bundles in memory, for tests. */
export function createMemoryBundleStore(): BundleStore {
  const bundles = new Map<string, Bundle>();
  const kept = new Map<string, string>();
  const history: PublishedBundle[] = [];
  const watchers = new Set<(published: PublishedBundle) => void>();

  return {
    keep: async (bundle, texts) => {
      for (const [sha256, text] of texts) kept.set(sha256, text);
      bundles.set(bundleHash(bundle), bundle);
    },
    find: async (hash) => bundles.get(hash),
    text: async (sha256) => kept.get(sha256),
    publish: async (published) => {
      history.push(published);
      for (const tell of watchers) tell(published);
    },
    current: async () => history.at(-1),
    history: async () => [...history],
    watch: async (onCurrent, signal) => {
      if (signal.aborted) return;
      watchers.add(onCurrent);
      signal.addEventListener('abort', () => watchers.delete(onCurrent));
      const current = history.at(-1);
      if (current !== undefined) onCurrent(current);
    },
  };
}
