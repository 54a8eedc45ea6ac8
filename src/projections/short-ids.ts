/** The first ten characters of an id are its time; three more tell apart what was started in the same millisecond. */
const shownLength = 13;

/** The shortest unambiguous prefix of each run id, updated as runs are added. */
export type ShortIds = {
  readonly add: (run: string) => void;
  /** The beginning of the id that no other run has, of 13 characters at least. */
  readonly of: (run: string) => string;
};

export function createShortIds(): ShortIds {
  // Only runs that begin alike have to be compared. Most begin like no other: a set for each of these would cost more
  // than all the rest.
  const alike = new Map<string, string | Set<string>>();

  return {
    add: (run) => {
      const start = run.slice(0, shownLength);
      const known = alike.get(start);
      if (known === undefined) alike.set(start, run);
      else if (typeof known !== 'string') known.add(run);
      else if (known !== run) alike.set(start, new Set([known, run]));
    },
    of: (run) => {
      const known = alike.get(run.slice(0, shownLength));
      let length = shownLength;
      for (const other of typeof known === 'string' ? [known] : (known ?? [])) {
        if (other === run) continue;
        while (length < run.length && other.startsWith(run.slice(0, length))) length += 1;
      }

      return run.slice(0, length);
    },
  };
}
