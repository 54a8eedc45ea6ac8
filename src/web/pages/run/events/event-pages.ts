/** The number of events in one request. */
export const pageSize = 200;

/** A page of the journal of a run, from 0: it holds the events from `page * pageSize + 1` on. */
function pageOf(sequence: number): number {
  return Math.floor((sequence - 1) / pageSize);
}

/** The number of the event in a row of a list that has the newest first. */
export function sequenceOfRow(row: number, head: number): number {
  return head - row;
}

/** The row of an event in a list that has the newest first, as near as there is one. */
export function rowOfSequence(sequence: number, head: number): number {
  return Math.min(Math.max(0, head - sequence), Math.max(0, head - 1));
}

/** The pages that the rows need, the newest first. */
export function pagesOfRows(rows: { readonly first: number; readonly last: number }, head: number) {
  if (head < 1) return [];
  const newest = pageOf(Math.max(1, sequenceOfRow(rows.first, head)));
  const oldest = pageOf(Math.max(1, sequenceOfRow(rows.last, head)));

  return Array.from({ length: newest - oldest + 1 }, (_, index) => newest - index);
}
