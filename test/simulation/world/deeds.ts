/** What was really done in the world, whoever asked for it and whatever became of the news. */
export type Deeds = {
  readonly began: (key: string) => void;
  /** Whether any process ever began the attempt. */
  readonly hasBegun: (key: string) => boolean;
  readonly did: (key: string) => void;
  /** How often the side effect of an attempt was carried out. */
  readonly timesDone: (key: string) => number;
  /** A worker said this of an attempt. */
  readonly said: (key: string, word: string) => void;
  readonly hasSaid: (key: string, word: string) => boolean;
};

export function createDeeds(): Deeds {
  const begun = new Set<string>();
  const done = new Map<string, number>();
  const words = new Map<string, Set<string>>();

  return {
    began: (key) => void begun.add(key),
    hasBegun: (key) => begun.has(key),
    did: (key) => void done.set(key, (done.get(key) ?? 0) + 1),
    timesDone: (key) => done.get(key) ?? 0,
    said: (key, word) => void words.set(key, (words.get(key) ?? new Set()).add(word)),
    hasSaid: (key, word) => words.get(key)?.has(word) ?? false,
  };
}
