import { resultWithin } from '../../lib/deadline.ts';
import type { Clock } from '../../ports/clock.ts';

type Looks = {
  readonly clock: Clock;
  readonly everyMs: number;
  /** Whether anything is looked for while nothing comes. */
  readonly isWanted: () => boolean;
};

/** The entries as they come, and undefined whenever none has come for a while. */
export async function* withLooks<T>(
  entries: AsyncIterable<T>,
  { clock, everyMs, isWanted }: Looks,
): AsyncIterable<T | undefined> {
  const iterator = entries[Symbol.asyncIterator]();
  let next = iterator.next();
  try {
    for (;;) {
      const result = isWanted() ? await resultWithin(clock, everyMs, next) : await next;
      if (result?.done === true) return;
      if (result !== undefined) next = iterator.next();
      yield result?.value;
    }
  } finally {
    // Not waited for: an entry that is being waited for would have to come first.
    next.catch(() => undefined);
    iterator.return?.().catch(() => undefined);
  }
}
