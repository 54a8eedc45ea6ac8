/** Does what is for the same key one after another, and what is for others side by side. */
export type TurnsPerKey = <T>(key: string, act: () => Promise<T>) => Promise<T>;

export function createTurnsPerKey(): TurnsPerKey {
  const last = new Map<string, Promise<unknown>>();

  return (key, act) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(act, act);
    last.set(key, turn);
    const over = (): void => {
      if (last.get(key) === turn) last.delete(key);
    };
    turn.then(over, over);

    return turn;
  };
}

/** Shares one attempt at making a value among all who ask for the same key meanwhile. Nothing is kept afterwards. */
export function oncePerKey<Key, T>(make: (key: Key) => Promise<T>): (key: Key) => Promise<T> {
  const pending = new Map<Key, Promise<T>>();

  return (key) => {
    const known = pending.get(key) ?? make(key).finally(() => pending.delete(key));
    pending.set(key, known);

    return known;
  };
}
