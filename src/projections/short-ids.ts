/** The first ten characters of an id are its time; three more tell apart what was started in the same millisecond. */
const shownLength = 13;

/** The shortest unambiguous prefix of each run id, updated as runs are added. */
export type ShortIds = {
  readonly add: (run: string) => void;
  /** The beginning of the id that no other run has, of 13 characters at least. */
  readonly of: (run: string) => string;
};

export function createShortIds(): ShortIds {
  // Only runs that begin alike have to be compared.
  const alike = new Map<string, Set<string>>();

  return {
    add: (run) => {
      const start = run.slice(0, shownLength);
      const known = alike.get(start);
      if (known === undefined) alike.set(start, new Set([run]));
      else known.add(run);
    },
    of: (run) => {
      let length = shownLength;
      for (const other of alike.get(run.slice(0, shownLength)) ?? []) {
        if (other === run) continue;
        while (length < run.length && other.startsWith(run.slice(0, length))) length += 1;
      }

      return run.slice(0, length);
    },
  };
}
