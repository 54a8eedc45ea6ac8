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
