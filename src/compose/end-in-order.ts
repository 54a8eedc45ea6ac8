import { resultWithin, type Timer } from '../lib/deadline.ts';

/** Something that has to be ended, and how long that is waited for; without a limit, as long as it takes. */
export type EndingPart = { readonly end: () => Promise<void>; readonly limitMs?: number };

/** Ends every part, one after the other, also when one fails. Rejects afterwards with the first failure. */
export async function endInOrder(parts: readonly EndingPart[]): Promise<void> {
  const failures: unknown[] = [];
  for (const { end, limitMs } of parts) {
    try {
      await (limitMs === undefined ? end() : resultWithin(lastingTimer, limitMs, end()));
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** Unlike those of the clock its timers keep the process alive: what comes after a part has to be ended too. */
const lastingTimer: Timer = {
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);

    return () => clearTimeout(timer);
  },
};
