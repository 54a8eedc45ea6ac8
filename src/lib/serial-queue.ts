/** Does one thing after another, in the order in which they were asked for. */
export type SerialQueue = {
  /** Resolves, or rejects, with what came of it. */
  readonly post: <T>(act: () => Promise<T>) => Promise<T>;
  /** Resolves when nothing that was asked for before is left to do. */
  readonly idle: () => Promise<void>;
  /** Whether nothing is left to do. */
  readonly isIdle: () => boolean;
};

export function createSerialQueue(): SerialQueue {
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

  return { post, idle: () => post(() => Promise.resolve()), isIdle: () => !busy };
}

/** Does what is for the same key one after another, and what is for others side by side. */
export type TurnsPerKey = {
  /** Resolves, or rejects, with what came of it. */
  readonly take: <T>(key: string, act: () => Promise<T>) => Promise<T>;
  /** Resolves when all that was asked for before has ended, well or not. */
  readonly idle: () => Promise<void>;
};

export function createTurnsPerKey(): TurnsPerKey {
  const last = new Map<string, Promise<unknown>>();

  return {
    take: (key, act) => {
      const turn = (last.get(key) ?? Promise.resolve()).then(act, act);
      last.set(key, turn);
      const over = (): void => {
        if (last.get(key) === turn) last.delete(key);
      };
      turn.then(over, over);

      return turn;
    },
    idle: async () => {
      await Promise.allSettled(last.values());
    },
  };
}
