import type { Clock } from '../ports/clock.ts';

/** A long round asks between whiles whether it is to go on. */
export type FolderRound = (isEnded: () => boolean) => Promise<void>;

/** Something that is done again and again, never twice at once. */
export type Rounds = {
  /** Asks for a round soon. */
  readonly nudge: () => void;
  /** Begins no further round, ends the last one soon, and resolves when it is over. */
  readonly end: () => Promise<void>;
};

/** Many nudges that come together are one. */
const nudgeMs = 20;
/** A round that takes long is not followed by the next at once. */
const pausePerCost = 2;

export function createRounds({
  clock,
  everyMs,
  round,
  onTrouble,
}: {
  readonly clock: Clock;
  readonly everyMs: number;
  readonly round: FolderRound;
  readonly onTrouble: (error: unknown) => void;
}): Rounds {
  let cancel = () => {};
  let under: Promise<void> | undefined;
  let nudged = false;
  let ended = false;

  function schedule(delayMs: number): void {
    cancel();
    if (!ended) cancel = clock.after(delayMs, begin);
  }

  function begin(): void {
    nudged = false;
    const begunMs = clock.steady();
    under = round(() => ended)
      .catch(onTrouble)
      .then(() => {
        under = undefined;
        const costMs = (clock.steady() - begunMs) * pausePerCost;
        schedule(Math.max(nudged ? nudgeMs : everyMs, costMs));
      });
  }

  schedule(0);

  return {
    nudge: () => {
      if (nudged || ended) return;
      nudged = true;
      if (under === undefined) schedule(nudgeMs);
    },
    end: async () => {
      ended = true;
      cancel();
      await under;
    },
  };
}
