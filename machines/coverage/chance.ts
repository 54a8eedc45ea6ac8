/** Picks of one way: the same for the same text, in whatever process. */
export type Chance = {
  readonly pick: <Item>(items: readonly Item[]) => Item | undefined;
  readonly isOneIn: (count: number) => boolean;
};

/** What looks like chance and is none: a number for a text (FNV-1a), and from it one after the other (mulberry32). */
export function chanceOf(text: string): Chance {
  let state = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) state = Math.imul(state ^ text.charCodeAt(at), 0x01000193);
  const below = (count: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % count;
  };

  return {
    pick: (items) => (items.length === 0 ? undefined : items[below(items.length)]),
    isOneIn: (count) => below(count) === 0,
  };
}
