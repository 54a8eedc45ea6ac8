/** A list that only grows, and whose readers can wait for more. */
export type SharedLog<Item> = {
  readonly length: number;
  push(item: Item): void;
  at(index: number): Item | undefined;
  /** The items from `from` on and those that follow, until the signal aborts. */
  follow(from: number, signal: AbortSignal): AsyncGenerator<Item, void, undefined>;
};

export function createSharedLog<Item>(): SharedLog<Item> {
  const items: Item[] = [];
  const sleepers = new Set<() => void>();

  return {
    get length() {
      return items.length;
    },
    push: (item) => {
      items.push(item);
      for (const wake of [...sleepers]) wake();
    },
    at: (index) => items[index],
    follow,
  };

  async function* follow(from: number, signal: AbortSignal): AsyncGenerator<Item, void, undefined> {
    for (let index = from; !signal.aborted; ) {
      const item = items[index];
      if (item === undefined) {
        await more(signal);
      } else {
        index++;
        yield item;
      }
    }
  }

  function more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        sleepers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      sleepers.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}
