/** Chance that can be repeated: the same seed gives the same numbers for ever. */
export type Random = {
  /** From 0 up to, but not including, 1. */
  readonly next: () => number;
  readonly chance: (probability: number) => boolean;
  /** A whole number from `min` to `max`, both included. */
  readonly between: (min: number, max: number) => number;
  readonly pick: <T>(items: readonly T[]) => T;
};

/** sfc32 by Chris Doty-Humphrey (PractRand): 128 bits of state, fast, and without the weak low bits of an LCG. */
export function createRandom(seed: number): Random {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = 0xb7e15162;
  let d = seed | 0;
  const next = (): number => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;

    return (sum >>> 0) / 4294967296;
  };
  // Seeds that are neighbours begin alike until their bits have spread.
  for (let round = 0; round < 12; round += 1) next();
  const between = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));

  return {
    next,
    chance: (probability) => next() < probability,
    between,
    pick: (items) => {
      const item = items[Math.floor(next() * items.length)];
      if (item === undefined) throw new Error('there is nothing to pick from');

      return item;
    },
  };
}
