/** Lets so many things be under way at a time. */
export type Concurrency = {
  /** Begins as soon as there is room, and resolves then: not when it is over. What it does must not reject. */
  readonly begin: (act: () => Promise<void>) => Promise<void>;
  readonly idle: () => Promise<void>;
};

export function createSlots(countMax: number): Concurrency {
  const under = new Set<Promise<void>>();

  return {
    begin: async (act) => {
      while (under.size >= countMax) await Promise.race(under);
      const turn = act().finally(() => under.delete(turn));
      under.add(turn);
    },
    idle: async () => {
      await Promise.all(under);
    },
  };
}
