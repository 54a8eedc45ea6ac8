/** What arrives by callbacks, to be read as an iteration. The order is kept; an error comes after the rest. */
export type AsyncQueue<Item> = {
  push(item: Item): void;
  fail(error: Error): void;
  /** Ends the iteration, whatever waits. */
  end(): void;
  items(): AsyncGenerator<Item, void, undefined>;
};

export function createAsyncQueue<Item>(): AsyncQueue<Item> {
  const queue: Item[] = [];
  let failure: Error | undefined;
  let ended = false;
  let wake: () => void = () => undefined;

  return {
    push: (item) => {
      queue.push(item);
      wake();
    },
    fail: (error) => {
      failure ??= error;
      wake();
    },
    end: () => {
      ended = true;
      wake();
    },
    items,
  };

  async function* items(): AsyncGenerator<Item, void, undefined> {
    while (!ended) {
      // Taken out as a whole: shifting one by one would cost more the longer the queue is.
      for (const item of queue.splice(0)) {
        if (ended) return;
        yield item;
      }
      if (queue.length === 0) await more();
    }
  }

  async function more(): Promise<void> {
    if (failure !== undefined) throw failure;
    if (ended) return;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}
