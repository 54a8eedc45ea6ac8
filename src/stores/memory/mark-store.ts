import type { Json } from '../../../events/canonical-json.ts';
import { markKeyParts } from '../../../machines/mark-key.ts';
import type { KeptMark, MarkStore } from '../../ports/mark-store.ts';

/** Marks in memory, for simulation tests. */
export function createMemoryMarkStore(): MarkStore {
  const marks = new Map<string, { readonly body: string; readonly revision: number }>();
  let revisions = 0;
  const kept = (key: string): KeptMark | undefined => {
    const found = marks.get(key);

    return found && { value: JSON.parse(found.body) as Json, revision: found.revision };
  };

  return {
    read: async (key) => kept(checked(key)),
    write: async (key, value, revision) => {
      if ((marks.get(checked(key))?.revision ?? 0) !== revision) return undefined;
      marks.set(key, { body: JSON.stringify(value), revision: ++revisions });

      return revisions;
    },
    remove: async (key, revision) => {
      if (marks.get(checked(key))?.revision !== revision) return false;

      return marks.delete(key);
    },
    all: async (first) => {
      checked(first);
      const found = new Map<string, KeptMark>();
      for (const key of marks.keys()) {
        const mark = kept(key);
        if (mark !== undefined && (key === first || key.startsWith(`${first}/`))) found.set(key, mark);
      }

      return found;
    },
  };
}

function checked(key: string): string {
  markKeyParts(key);

  return key;
}
