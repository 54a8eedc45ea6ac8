import type { Board } from '../../ports/runs/board.ts';
import type { Journal, Stored } from '../../ports/runs/journal.ts';
import type { RowFold, RunRows } from '../../ports/runs/run-rows.ts';
import { RunNotFound } from '../../ports/runs/workflows.ts';

/** An in-memory LRU cache of runs, each with a size. */
export type KeptByRun<Kept> = {
  readonly get: (run: string) => Kept | undefined;
  /** Adds it, as the most recently used. */
  readonly use: (run: string, kept: Kept, size: number) => void;
  /** Changes its size. */
  readonly resize: (run: string, size: number) => void;
  readonly drop: (run: string) => void;
  /** Evicts what exceeds the limit. */
  readonly trim: () => void;
};

type Room<Kept> = {
  /** The limit of all sizes together. */
  readonly sizeMax: number;
  readonly runsMax?: number;
  /** This many stay whatever their size; default none. */
  readonly runsMin?: number;
  readonly isBusy?: (kept: Kept) => boolean;
};

type Entry<Kept> = { readonly kept: Kept; size: number };

/** An entry of size 0 takes no room, and is not evicted. */
export function createKeptByRun<Kept>(room: Room<Kept>): KeptByRun<Kept> {
  const { sizeMax, runsMax = Number.POSITIVE_INFINITY, runsMin = 0, isBusy = () => false } = room;
  // A Map keeps insertion order: inserting again makes a key the latest.
  const entries = new Map<string, Entry<Kept>>();
  let total = 0;
  let sized = 0;

  function count(size: number, sign: 1 | -1): void {
    total += sign * size;
    if (size > 0) sized += sign;
  }
  function drop(run: string): void {
    const entry = entries.get(run);
    if (entry === undefined) return;
    count(entry.size, -1);
    entries.delete(run);
  }

  return {
    get: (run) => entries.get(run)?.kept,
    use: (run, kept, size) => {
      drop(run);
      entries.set(run, { kept, size });
      count(size, 1);
    },
    resize: (run, size) => {
      const entry = entries.get(run);
      if (entry === undefined) return;
      count(entry.size, -1);
      entry.size = size;
      count(size, 1);
    },
    drop,
    trim: () => {
      for (const [run, { kept, size }] of entries) {
        const isFit = total <= sizeMax && sized <= runsMax;
        if (isFit || entries.size <= runsMin) return;
        if (size > 0 && !isBusy(kept)) drop(run);
      }
    },
  };
}

/** The most cached rows, about: a row takes half a kilobyte to one. */
const rowsMax = 400_000;

type RowsEntry<Fold> = { readonly fold: Fold; reading: Promise<void> | undefined };

/** Caches rows of runs, folded by what `create` makes, for recent viewers; the board keeps them up to date. */
export function createRunRows<Fold extends RowFold>(
  journal: Pick<Journal, 'read'>,
  board: Pick<Board, 'onLanded' | 'line'>,
  create: () => Fold,
  max: number = rowsMax,
): RunRows<Fold> {
  // The latest one stays whatever its size.
  const entries = createKeptByRun<RowsEntry<Fold>>({
    sizeMax: max,
    runsMin: 1,
    isBusy: ({ reading }) => reading !== undefined,
  });
  board.onLanded((landed) => {
    const entry = entries.get(landed.run);
    if (entry === undefined || entry.reading !== undefined) return;
    entry.fold.land(landed);
    entries.resize(landed.run, entry.fold.rows.length);
  });
  const isWhole = ({ fold, reading }: RowsEntry<Fold>, run: string): boolean =>
    reading === undefined && fold.position() >= (board.line(run)?.position ?? 1);
  const used = (run: string): RowsEntry<Fold> => {
    const entry = entries.get(run) ?? { fold: create(), reading: undefined };
    entries.use(run, entry, entry.fold.rows.length);
    return entry;
  };

  return {
    atHand: (run) => {
      const entry = entries.get(run);
      return entry !== undefined && isWhole(entry, run) ? used(run).fold : undefined;
    },
    open: async (run) => {
      const entry = used(run);
      while (!isWhole(entry, run)) {
        entry.reading ??= readOn(journal, run, entry);
        await entry.reading;
      }
      entries.resize(run, entry.fold.rows.length);
      entries.trim();

      return entry.fold;
    },
    entries: (run, options) => journal.read(run, options),
  };
}

/** Concurrent requests share one read. */
async function readOn(journal: Pick<Journal, 'read'>, run: string, entry: RowsEntry<RowFold>): Promise<void> {
  const { fold } = entry;
  const before = fold.position();
  try {
    for await (const stored of journal.read(run, { after: before })) fold.add(stored);
  } finally {
    entry.reading = undefined;
  }
  // Otherwise a journal that lost its end, or has no such run, would be read for ever.
  if (fold.position() === before) throw new RunNotFound(run);
}

/** The records of all runs. */
const heardCharactersMax = 4 * 1024 * 1024;

/** Buffers the records of runs that began while the journal was followed: these need not be read again. */
export type HeardRecords = {
  /** Passes messages on and buffers them; drops the earlier buffer. */
  readonly noting: (messages: AsyncIterable<Stored>) => AsyncGenerator<Stored, void, undefined>;
  /** Whether the run's records are buffered, from the first to this one. */
  readonly has: (run: string, sequence: number) => boolean;
  /** Like that of the journal, for a buffered run. */
  readonly read: Journal['read'];
  readonly forget: (run: string) => void;
};

type Heard = { readonly records: Stored[]; characters: number };

export function createHeardRecords(most = heardCharactersMax): HeardRecords {
  let runs = createKeptByRun<Heard>({ sizeMax: most });

  function note(stored: Stored): void {
    const { run, body } = stored;
    const sequence = stored.kind === 'record' ? stored.record.sequence : 0;
    if (sequence === 1 && runs.get(run) === undefined) runs.use(run, { records: [], characters: 0 }, 0);
    const heard = runs.get(run);
    if (heard === undefined) return;
    // Messages that are no records, or out of order, are left to readers of the journal itself.
    if (sequence !== heard.records.length + 1) {
      runs.drop(run);
      return;
    }
    heard.records.push(stored);
    heard.characters += body.length;
    runs.resize(run, heard.characters);
    runs.trim();
  }

  return {
    noting: async function* (messages) {
      runs = createKeptByRun<Heard>({ sizeMax: most });
      for await (const stored of messages) {
        note(stored);
        yield stored;
      }
    },
    has: (run, sequence) => (runs.get(run)?.records.length ?? 0) >= sequence,
    read: async function* (run, { after = 0 } = {}) {
      for (const stored of runs.get(run)?.records ?? []) if (stored.position > after) yield stored;
    },
    forget: (run) => runs.drop(run),
  };
}
