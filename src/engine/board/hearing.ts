import type { Clock } from '../../ports/clock.ts';
import type { Journal } from '../../ports/journal.ts';

/** Whether the one who follows the journal hears of what lands now. */
export type Hearing = {
  readonly isLive: () => boolean;
  readonly caughtUp: () => void;
  readonly heard: () => void;
  readonly lost: () => void;
};

type HearingDeps = {
  readonly journal: Pick<Journal, 'end'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How far it has heard. */
  readonly position: () => number;
};

const askedEveryMs = 5_000;
const answeredWithinMs = 2_000;

/**
 * A connection that broke says nothing, and neither does a journal in which nothing happens. So the journal is asked
 * now and then for its end: it is live when the answer comes soon, and is no more than was heard by the next time.
 */
export function createHearing({ journal, clock, signal, position }: HearingDeps): Hearing {
  let isCaughtUp = false;
  let isAnswered = true;
  let expected = 0;

  const ask = (): void => {
    if (signal.aborted) return;
    const isBehind = position() < expected;
    const cancelDoubt = clock.after(answeredWithinMs, () => {
      isAnswered = false;
    });
    journal.end().then(
      (end) => {
        cancelDoubt();
        isAnswered = !isBehind;
        expected = end;
        again();
      },
      () => {
        cancelDoubt();
        isAnswered = false;
        again();
      },
    );
  };
  const again = (): void => {
    if (signal.aborted) return;
    const cancel = clock.after(askedEveryMs, ask);
    signal.addEventListener('abort', cancel, { once: true });
    cancelLast();
    cancelLast = () => signal.removeEventListener('abort', cancel);
  };
  let cancelLast = (): void => {};
  again();

  return {
    isLive: () => isCaughtUp && isAnswered && !signal.aborted,
    caughtUp: () => {
      isCaughtUp = true;
    },
    heard: () => {
      isAnswered = true;
    },
    lost: () => {
      isCaughtUp = false;
    },
  };
}
