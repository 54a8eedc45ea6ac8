/** Works on up to `concurrency` items at a time and yields the results in the order of the items. */
export async function* mapInOrder<In, Out>(
  items: AsyncIterable<In>,
  concurrency: number,
  work: (item: In) => Promise<Out>,
): AsyncGenerator<Out> {
  const running: Promise<Out>[] = [];
  for await (const item of items) {
    const result = work(item);
    // The rejection is taken when its turn comes; until then it must not count as unhandled.
    result.catch(() => undefined);
    running.push(result);
    if (running.length >= concurrency) yield* first(running);
  }
  while (running.length > 0) yield* first(running);
}

async function* first<Out>(running: Promise<Out>[]): AsyncGenerator<Out> {
  const next = running.shift();
  if (next !== undefined) yield await next;
}
