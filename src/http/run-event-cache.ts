import type { Board } from '../ports/runs/board.ts';
import { RunNotFound } from '../ports/runs/workflows.ts';
import { createRunBook, type RunBook } from '../projections/run/run-book.ts';

/** The events of runs as rows, kept for those who looked at them lately. */
export type Books = {
  /** The book of a run with all that is known to have landed. Rejects with RunNotFound. */
  readonly open: (run: string) => Promise<RunBook>;
  /** The same, where it need not be read first. */
  readonly atHand: (run: string) => RunBook | undefined;
};

/** About as many rows are kept in all: a row takes half a kilobyte to one. */
const rowsMax = 400_000;

type Entry = { readonly book: RunBook; reading: Promise<void> | undefined };

const known = new WeakMap<Board, Books>();

/** Those of the board: the same for all who ask. */
export function booksOf(board: Board): Books {
  const books = known.get(board) ?? createBooks(board);
  known.set(board, books);

  return books;
}

export function createBooks(board: Board, max: number = rowsMax): Books {
  const entries = new Map<string, Entry>();
  board.onLanded((landed) => {
    const entry = entries.get(landed.run);
    if (entry !== undefined && entry.reading === undefined) entry.book.land(landed);
  });
  const isWhole = ({ book, reading }: Entry, run: string): boolean =>
    reading === undefined && book.position() >= (board.line(run)?.position ?? 1);
  const used = (run: string): Entry => {
    const entry = entries.get(run) ?? { book: createRunBook(), reading: undefined };
    entries.delete(run);
    entries.set(run, entry);
    return entry;
  };

  return {
    atHand: (run) => {
      const entry = entries.get(run);
      return entry !== undefined && isWhole(entry, run) ? used(run).book : undefined;
    },
    open: async (run) => {
      const entry = used(run);
      while (!isWhole(entry, run)) {
        entry.reading ??= readOn(board, run, entry);
        await entry.reading;
      }
      forgetSome(entries, max);

      return entry.book;
    },
  };
}

/** Many may wait for it: it is read once. */
async function readOn(board: Board, run: string, entry: Entry): Promise<void> {
  const { book } = entry;
  const before = book.position();
  try {
    for await (const stored of board.read(run, { after: before })) book.add(stored);
  } finally {
    entry.reading = undefined;
  }
  // Without this, a journal that lost its end, or has no such run, would be read for ever.
  if (book.position() === before) throw new RunNotFound(run);
}

/** Those that were used longest ago go first; the latest one stays whatever its size. */
function forgetSome(entries: Map<string, Entry>, max: number): void {
  let rows = 0;
  for (const { book } of entries.values()) rows += book.rows.length;
  for (const [run, { book, reading }] of entries) {
    if (rows <= max || entries.size === 1) return;
    if (reading !== undefined) continue;
    entries.delete(run);
    rows -= book.rows.length;
  }
}
