import type { Board } from '../../ports/runs/board.ts';
import type { Journal, Stored } from '../../ports/runs/journal.ts';
import type { RowFold, RunRows } from '../../ports/runs/run-rows.ts';
import { RunNotFound } from '../../ports/runs/workflows.ts';

/** What is kept of runs in memory, each with its size: those that were used longest ago go first. */
export type KeptByRun<Kept> = {
  readonly get: (run: string) => Kept | undefined;
  /** Keeps it, as the one that was used last. */
  readonly use: (run: string, kept: Kept, size: number) => void;
  /** It is larger or smaller than it was. */
  readonly resize: (run: string, size: number) => void;
  readonly drop: (run: string) => void;
  /** Drops what there is no room for. */
  readonly trim: () => void;
};

type Room<Kept> = {
  /** The most that all may have together. */
  readonly sizeMax: number;
  readonly runsMax?: number;
  /** So many stay whatever their size; none, without. */
  readonly runsMin?: number;
  readonly isBusy?: (kept: Kept) => boolean;
};

type Entry<Kept> = { readonly kept: Kept; size: number };

/** What has no size takes no room, and is not dropped for want of it. */
export function createKeptByRun<Kept>(room: Room<Kept>): KeptByRun<Kept> {
  const { sizeMax, runsMax = Number.POSITIVE_INFINITY, runsMin = 0, isBusy = () => false } = room;
  // A map keeps the order in which its keys were put in: to put one in anew is to make it the latest.
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

/** About as many rows are kept in all: a row takes half a kilobyte to one. */
const rowsMax = 400_000;

type RowsEntry<Fold> = { readonly fold: Fold; reading: Promise<void> | undefined };

/** Rows of runs, folded by what `create` makes; kept for those who looked lately, and up to date with the board. */
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

/** Many may wait for it: it is read once. */
async function readOn(journal: Pick<Journal, 'read'>, run: string, entry: RowsEntry<RowFold>): Promise<void> {
  const { fold } = entry;
  const before = fold.position();
  try {
    for await (const stored of journal.read(run, { after: before })) fold.add(stored);
  } finally {
    entry.reading = undefined;
  }
  // Without this, a journal that lost its end, or has no such run, would be read for ever.
  if (fold.position() === before) throw new RunNotFound(run);
}

/** The records of all runs together. */
const heardCharactersMax = 16 * 1024 * 1024;

/** The records of runs that began while somebody followed the journal: these runs need not be read once more. */
export type HeardRecords = {
  /** Passes the messages on, and keeps them; what was kept before is dropped. */
  readonly noting: (messages: AsyncIterable<Stored>) => AsyncGenerator<Stored, void, undefined>;
  /** Whether the records of the run are here, from its first to this one. */
  readonly has: (run: string, sequence: number) => boolean;
  /** As that of the journal, for a run that is here. */
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
    // What is no record, or comes out of turn, is for whoever reads the journal itself.
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
