import type { KeyEntries } from '../../ports/access/subject-keys.ts';

/** Wrapped keys in memory, for simulation tests. */
export function createMemoryKeyEntries(kept = new Map<string, string>()): KeyEntries {
  return {
    get: async (name) => kept.get(name),
    create: async (name, body) => {
      if (kept.has(name)) return false;
      kept.set(name, body);

      return true;
    },
    replace: async (name, body, before) => {
      if (kept.get(name) !== before) return false;
      kept.set(name, body);

      return true;
    },
    list: async (prefix) =>
      [...kept].filter(([name]) => name.startsWith(prefix)).map(([name, body]) => ({ name, body })),
    destroy: async (name) => {
      kept.delete(name);
    },
  };
}
