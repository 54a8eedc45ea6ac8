/** Says which runs may begin attempts now, and when none are under way. */
export type AttemptGate = {
  readonly mayBegin: (run: string) => boolean;
  /** Calls back when it may be worth asking again. */
  readonly onOpened: (callback: () => void) => void;
  readonly opened: () => void;
  /** An attempt began, known by any object that is its own. */
  readonly began: (attempt: object, run: string) => void;
  /** It is over, with its result recorded, or it was told to stop. */
  readonly ended: (attempt: object) => void;
  /** Resolves when no attempt of the runs that `which` picks is under way. */
  readonly whenQuiet: (which: (run: string) => boolean) => Promise<void>;
};

export function createAttemptGate(mayBegin: (run: string) => boolean = () => true): AttemptGate {
  const underWay = new Map<object, string>();
  const waiting: (() => void)[] = [];
  const listeners: (() => void)[] = [];

  return {
    mayBegin,
    onOpened: (callback) => void listeners.push(callback),
    opened: () => {
      for (const callback of listeners) callback();
    },
    began: (attempt, run) => void underWay.set(attempt, run),
    ended: (attempt) => {
      if (!underWay.delete(attempt)) return;
      for (const wake of waiting.splice(0)) wake();
    },
    whenQuiet: async (which) => {
      while ([...underWay.values()].some(which)) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}
