import type { Landed } from '../../ports/board.ts';

const landedMax = 20_000;
/** So many that are forgotten may stay in memory until they are taken out. */
const forgottenMax = 64;
/** About as many characters of records are kept at most. */
const charactersMax = 64 * 1024 * 1024;

/** What landed lately, in order. */
export type Recent = {
  readonly add: (landed: Landed, characters: number) => void;
  /** What landed behind a position; undefined where some of that is not kept any more. */
  readonly since: (position: number) => readonly Landed[] | undefined;
};

type Entry = { readonly landed: Landed; readonly characters: number };

/** Keeps the last 20,000 records, or less where they are large. `floor`: the position behind which it begins. */
export function createRecent(floor: number): Recent {
  let entries: Entry[] = [];
  /** Before it, nothing of `entries` counts any more: they are taken out many at a time. */
  let first = 0;
  let characters = 0;
  let from = floor;

  const forget = (): void => {
    const entry = entries[first];
    if (entry === undefined) return;
    from = entry.landed.position;
    characters -= entry.characters;
    first++;
    // No more of them than of those that count: else large records would stay that `characters` does not tell of.
    if (first < forgottenMax || first * 2 < entries.length) return;
    entries = entries.slice(first);
    first = 0;
  };

  return {
    add: (landed, size) => {
      entries.push({ landed, characters: size });
      characters += size;
      while (entries.length - first > landedMax || characters > charactersMax) forget();
    },
    since: (position) =>
      position < from
        ? undefined
        : entries.slice(firstBehind(entries, position, first)).map(({ landed }) => landed),
  };
}

function firstBehind(entries: readonly Entry[], position: number, from: number): number {
  let low = from;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.landed.position ?? Number.POSITIVE_INFINITY) > position) high = middle;
    else low = middle + 1;
  }

  return low;
}
