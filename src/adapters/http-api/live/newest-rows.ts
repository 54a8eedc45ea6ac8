import type { Board } from '../../../ports/board.ts';
import { type BookRow, bookRow } from '../../../projections/book-row.ts';

/** How far back from the end of the journal the rows are looked for first: times as many as there are. */
const spread = 2;
const widerBy = 16;
const looksMax = 3;

/**
 * The last rows of a run from event `from` on, found from the end of the journal: while the book of a long run is read,
 * this is what somebody looks at first. Undefined where they are too far back, or not sound.
 */
export async function newestRows(
  board: Board,
  run: string,
  from: number,
): Promise<readonly BookRow[] | undefined> {
  const line = board.line(run);
  if (line === undefined || line.damage !== undefined) return undefined;
  let back = Math.max(0, line.sequence - from + 1) * spread;
  for (let looks = 0; looks < looksMax; looks++) {
    const rows = await rowsBehind(board, run, line.position - back);
    const first = rows?.[0]?.line.sequence;
    if (first === undefined) return undefined;
    if (first <= from) return rows;
    back *= widerBy;
  }

  return undefined;
}

async function rowsBehind(board: Board, run: string, after: number): Promise<readonly BookRow[] | undefined> {
  const rows: BookRow[] = [];
  for await (const stored of board.read(run, { after: Math.max(0, after) })) {
    const expected = (rows.at(-1)?.line.sequence ?? 0) + 1;
    if (stored.kind !== 'record') return undefined;
    if (rows.length > 0 && stored.record.sequence !== expected) return undefined;
    rows.push(bookRow(stored.record, stored.position));
  }

  return rows;
}
