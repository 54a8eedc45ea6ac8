import type { EventInbox, InboxItem, KeptEvent } from '../../ports/events/event-inbox.ts';

/** An inbox in memory, for tests: `put` is what a publisher does. Resolves with the position. */
export type MemoryEventInbox = EventInbox & {
  put(event: { readonly type: string; readonly by?: string; readonly body: string }): number;
};

type Take = Parameters<EventInbox['take']>[0];

/** The time after which an event whose taker left is given out again. */
const SILENT_MS = 50;

export function createMemoryEventInbox(): MemoryEventInbox {
  /** What nobody has. */
  const waiting = new Map<number, KeptEvent>();
  const all = new Map<number, KeptEvent>();
  const sleepers = new Set<() => void>();
  let positions = 0;

  function put(kept: KeptEvent): void {
    waiting.set(kept.position, kept);
    for (const wake of [...sleepers]) wake();
  }

  /** Undefined when there is nothing to be had by this taker. */
  function next(underWay: number, { atOnceMax }: Take): KeptEvent | undefined {
    if (underWay >= atOnceMax || waiting.size === 0) return undefined;
    const position = Math.min(...waiting.keys());
    const kept = waiting.get(position);
    waiting.delete(position);

    return kept;
  }

  async function* take(options: Take): AsyncGenerator<InboxItem, void, undefined> {
    const mine = new Map<number, KeptEvent>();
    const settle = (position: number): void => {
      mine.delete(position);
      for (const wake of [...sleepers]) wake();
    };
    try {
      while (!options.signal.aborted) {
        const kept = next(mine.size, options);
        if (kept === undefined) {
          await woken(sleepers, options.signal);
          continue;
        }
        mine.set(kept.position, kept);
        yield {
          ...kept,
          done: async () => settle(kept.position),
          again: (delayMs) => {
            settle(kept.position);
            setTimeout(put, delayMs, kept);
          },
        };
      }
    } finally {
      setTimeout(() => [...mine.values()].forEach(put), SILENT_MS).unref();
    }
  }

  return {
    silentMs: SILENT_MS,
    take,
    read: async (position) => all.get(position),
    put: (event) => {
      positions++;
      const kept = { position: positions, ...event };
      all.set(positions, kept);
      put(kept);

      return positions;
    },
  };
}

function woken(sleepers: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      sleepers.delete(wake);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    sleepers.add(wake);
    signal.addEventListener('abort', wake);
  });
}
