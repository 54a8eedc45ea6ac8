import { type AsyncQueue, createAsyncQueue } from '../../../lib/async-queue.ts';
import type { Link } from './link.ts';

/** How often a server that sends what comes says that it is still there. */
export const HEARTBEAT_MS = 5_000;

/** Two signs of life were missed. */
const SILENCE_MS_MAX = 12_500;

/** What a server sends for one subscription. Fails once nothing can come any more, until it is closed. */
export type Inflow<Item> = AsyncQueue<Item> & {
  /** Ends the iteration, whatever waits, when the signal aborts. */
  endWith(signal: AbortSignal | undefined): void;
  close(): void;
};

/** `broken` makes the error for a connection that broke and for a consumer that fell silent. */
export function createInflow<Item>(link: Link, broken: (reason: string) => Error): Inflow<Item> {
  const queue = createAsyncQueue<Item>();
  const closed = new AbortController();
  let activeAt = performance.now();
  const stopListening = link.onDown(() => queue.fail(broken('the connection broke')));
  const watchdog = setInterval(() => {
    if (performance.now() - activeAt > SILENCE_MS_MAX) queue.fail(broken('the consumer fell silent'));
  }, HEARTBEAT_MS);
  watchdog.unref();

  return {
    ...queue,
    push: (item) => {
      activeAt = performance.now();
      queue.push(item);
    },
    endWith: (signal) => signal?.addEventListener('abort', queue.end, { signal: closed.signal }),
    close: () => {
      clearInterval(watchdog);
      stopListening();
      closed.abort();
    },
  };
}
