/** Does one thing after another, in the order in which they were asked for. */
export type OneAtATime = {
  /** Resolves, or rejects, with what came of it. */
  readonly post: <T>(act: () => Promise<T>) => Promise<T>;
  /** Resolves when nothing that was asked for before is left to do. */
  readonly idle: () => Promise<void>;
};

export function createOneAtATime(): OneAtATime {
  const waiting: (() => void)[] = [];
  let busy = false;

  function post<T>(act: () => Promise<T>): Promise<T> {
    if (!busy) return turn(act);

    return new Promise((resolve, reject) => {
      waiting.push(() => turn(act).then(resolve, reject));
    });
  }

  async function turn<T>(act: () => Promise<T>): Promise<T> {
    busy = true;
    try {
      return await act();
    } finally {
      busy = false;
      waiting.shift()?.();
    }
  }

  return { post, idle: () => post(() => Promise.resolve()) };
}
