/** Does one thing after another, in the order in which they were asked for. */
export type OneAtATime = {
  /** Resolves, or rejects, with what came of it. */
  readonly post: <T>(act: () => Promise<T>) => Promise<T>;
  /** Resolves when nothing is left to do. */
  readonly idle: () => Promise<void>;
};

export function createOneAtATime(): OneAtATime {
  const waiting: (() => Promise<void>)[] = [];
  let busy = false;
  let drained: Promise<void> = Promise.resolve();

  async function drain(): Promise<void> {
    busy = true;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await next();
    busy = false;
  }

  return {
    post: (act) =>
      new Promise((resolve, reject) => {
        waiting.push(() => act().then(resolve, reject));
        if (!busy) drained = drain();
      }),
    idle: () => drained,
  };
}
