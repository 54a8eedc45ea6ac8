export type BoundedList<Item> = {
  /** The first so many; a live view. */
  readonly items: readonly Item[];
  readonly add: (item: Item) => void;
  /** How many were added, kept or not. */
  readonly total: () => number;
};

/** Keeps the first `max` items and counts the rest. */
export function boundedList<Item>(max: number): BoundedList<Item> {
  const items: Item[] = [];
  let total = 0;

  return {
    items,
    add: (item) => {
      total += 1;
      if (items.length < max) items.push(item);
    },
    total: () => total,
  };
}
