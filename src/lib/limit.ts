/** Lets so many things be under way at a time. */
export type Limit = {
  /** Begins as soon as there is room, and resolves then: not when it is over. What it does must not reject. */
  readonly begin: (act: () => Promise<void>) => Promise<void>;
  readonly idle: () => Promise<void>;
};

export function createLimit(countMax: number): Limit {
  const under = new Set<Promise<void>>();
  const waiting: (() => void)[] = [];
  let taken = 0;

  /** The place goes to whoever has waited longest. */
  function leave(): void {
    const next = waiting.shift();
    if (next === undefined) taken -= 1;
    else next();
  }

  return {
    begin: async (act) => {
      if (taken >= countMax) await new Promise<void>((resolve) => waiting.push(resolve));
      else taken += 1;
      const turn = act().finally(() => {
        under.delete(turn);
        leave();
      });
      under.add(turn);
    },
    idle: async () => {
      await Promise.all(under);
    },
  };
}

/**
 * Runs that one list reads at the same time. What arrives in one moment is worked on before anything else has a turn,
 * so more than these would keep a start waiting and make the list no faster.
 */
export const listReadsMax = 4;

/** What each item comes to, in their order, while no more than so many are worked on at a time. */
export async function mapAtOnce<In, Out>(
  items: readonly In[],
  countMax: number,
  work: (item: In) => Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = [];
  const left = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of left) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(countMax, items.length) }, worker));

  return results;
}

/** Works on up to `countMax` items at a time as they come, and yields the results in the order of the items. */
export async function* mapInOrder<In, Out>(
  items: AsyncIterable<In>,
  countMax: number,
  work: (item: In) => Promise<Out>,
): AsyncGenerator<Out> {
  const running: Promise<Out>[] = [];
  for await (const item of items) {
    const result = work(item);
    // The rejection is taken when its turn comes; until then it must not count as unhandled.
    result.catch(() => undefined);
    running.push(result);
    if (running.length >= countMax) yield* first(running);
  }
  while (running.length > 0) yield* first(running);
}

async function* first<Out>(running: Promise<Out>[]): AsyncGenerator<Out> {
  const next = running.shift();
  if (next !== undefined) yield await next;
}
