/** Does one thing after another under each name. */
export type Turns = {
  readonly take: <T>(name: string, act: () => Promise<T>) => Promise<T>;
};

export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();

  return {
    take: (name, act) => {
      const before = last.get(name) ?? Promise.resolve();
      const turn = before.then(act, act);
      last.set(name, turn);
      const forget = () => {
        if (last.get(name) === turn) last.delete(name);
      };
      turn.then(forget, forget);

      return turn;
    },
  };
}
