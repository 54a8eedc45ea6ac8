import { onAbort } from '../../ports/until-aborted.ts';

/** Which messages of the journal are dealt with: they come in order, and are finished in any. */
export type RelayProgress = {
  /** Resolves when another may begin; at once when the signal aborts. */
  readonly room: (signal: AbortSignal) => Promise<void>;
  readonly begin: (position: number) => void;
  readonly end: (position: number) => void;
  /** This message, and all before it, have begun at least. */
  readonly seen: (position: number) => void;
  /** Up to here everything is finished. */
  readonly done: () => number;
};

export function createRelayProgress(from: number, atOnceMax: number): RelayProgress {
  // In the order in which they began: the first is the one that holds the rest up.
  const underWay = new Set<number>();
  let seen = from;
  let wake: () => void = () => undefined;

  return {
    room: async (signal) => {
      const stop = onAbort(signal, () => wake());
      while (underWay.size >= atOnceMax && !signal.aborted)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      stop();
    },
    begin: (position) => void underWay.add(position),
    end: (position) => {
      underWay.delete(position);
      wake();
    },
    seen: (position) => {
      seen = position;
    },
    done: () => {
      const [first] = underWay;

      return first === undefined ? seen : first - 1;
    },
  };
}
