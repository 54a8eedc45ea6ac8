import { onAbort } from '../../lib/abort.ts';
import type { Journal, Stored } from '../../ports/runs/journal.ts';

/**
 * One watch of the journal for several readers. `onEach` sees every message at once; whoever reads at a pace of its
 * own gets `read`, and holds nobody up.
 */
export type JournalFeed = {
  /** Watches until the signal aborts. Rejects where the journal cannot be followed. */
  readonly run: (onEach: (stored: Stored) => void) => Promise<void>;
  /** Every message behind `after`, in order, until the signal aborts. */
  readonly read: (after: number) => AsyncGenerator<Stored, void, undefined>;
};

type Reader = { readonly waiting: Stored[]; wake: () => void; isLeftBehind: boolean };

/** So much may wait for a slow reader. One that falls further behind reads the journal on its own until it is back. */
const waitingMax = 5_000;

/** The common watch begins behind `from`. */
export function createJournalFeed(
  journal: Journal,
  {
    from,
    signal,
    most = waitingMax,
  }: { readonly from: number; readonly signal: AbortSignal; readonly most?: number },
): JournalFeed {
  const readers = new Set<Reader>();
  let position = from;

  async function run(onEach: (stored: Stored) => void): Promise<void> {
    for await (const stored of journal.watch({ after: from, signal })) {
      position = stored.position;
      onEach(stored);
      for (const reader of readers) hand(reader, stored);
    }
  }

  function hand(reader: Reader, stored: Stored): void {
    reader.isLeftBehind = reader.waiting.length >= most;
    if (reader.isLeftBehind) readers.delete(reader);
    else reader.waiting.push(stored);
    reader.wake();
  }

  async function* read(after: number): AsyncGenerator<Stored, void, undefined> {
    let at = after;
    while (!signal.aborted) {
      for await (const stored of at < position ? alone(at) : together()) {
        if (stored.position <= at) continue;
        at = stored.position;
        yield stored;
      }
    }
  }

  /** Up to where the common watch is. */
  async function* alone(after: number): AsyncGenerator<Stored, void, undefined> {
    for await (const stored of journal.watch({ after, signal })) {
      yield stored;
      if (stored.position >= position) return;
    }
  }

  /** What the common watch sees from now on, until too much of it waits. */
  async function* together(): AsyncGenerator<Stored, void, undefined> {
    const reader: Reader = { waiting: [], wake: () => undefined, isLeftBehind: false };
    const stop = onAbort(signal, () => reader.wake());
    readers.add(reader);
    try {
      while (!signal.aborted) {
        const stored = reader.waiting.shift();
        if (stored !== undefined) yield stored;
        else if (reader.isLeftBehind) return;
        else await new Promise<void>((resolve) => Object.assign(reader, { wake: resolve }));
      }
    } finally {
      stop();
      readers.delete(reader);
    }
  }

  return { run, read };
}
