/**
 * The order in which an engine comes to what takes it a moment: what it asks of other runs and writes to files, one
 * after another, each when nothing else is left to record; and after that what may wait longer.
 */
export type RecordedTurns = {
  /** Calls back when it is their turn. Of what was asked for since the last record, the lowest `rank` is first. */
  readonly ask: (turn: () => void, rank?: number) => void;
  /** Calls back when nobody else waits for a turn; the returned function cancels. */
  readonly askLast: (turn: () => void) => () => void;
  /** Gives everybody their turn. Resolves when nothing is left to do; rejects with NeverAtRest. */
  readonly rest: () => Promise<void>;
};

/** An engine goes on and on although nobody answers it. */
class NeverAtRest extends Error {
  override readonly name = 'NeverAtRest';
  readonly code = 'rehearsal.never-at-rest';

  constructor() {
    super(`the engine did not come to rest within ${turnsMax} turns; is there a loop without end?`);
  }
}

const turnsMax = 100_000;

type Waiting = { readonly turn: () => void; readonly since: number; readonly rank: number };

/** `recorded` tells how many records there are. */
export function createRecordedTurns(recorded: () => number): RecordedTurns {
  const waiting: Waiting[] = [];
  const last = new Set<() => void>();

  function next(): (() => void) | undefined {
    const first = waiting.shift();
    if (first !== undefined) return first.turn;
    const [latest] = last;
    if (latest !== undefined) last.delete(latest);

    return latest;
  }

  return {
    ask: (turn, rank = Number.POSITIVE_INFINITY) => {
      const since = recorded();
      const overtaken = waiting.findIndex((each) => each.since === since && each.rank > rank);
      waiting.splice(overtaken === -1 ? waiting.length : overtaken, 0, { turn, since, rank });
    },
    askLast: (turn) => {
      // The same function may be asked for twice.
      const own = (): void => turn();
      last.add(own);

      return () => last.delete(own);
    },
    rest: async () => {
      for (let count = 0; count < turnsMax; count += 1) {
        await quiet();
        const turn = next();
        if (turn === undefined) return;
        turn();
      }
      throw new NeverAtRest();
    },
  };
}

/** Everything here is in memory: when no promise is left to settle, nothing else happens either. */
function quiet(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
