import type { EventDetail, EventPage } from '../../api/run-parts.ts';
import type { Stored } from '../../ports/runs/journal.ts';
import { type BookRow, bookRow } from '../../projections/insights/book-row.ts';
import { eventDocument, unknownContent } from '../../projections/task/event-line.ts';
import { type EventFilter, eventPage } from '../../projections/task/event-page.ts';
import { type OperationPorts, RequestRefused } from '../use-case.ts';

/** How far back from the journal's end rows are first searched, as a multiple of the wanted rows. */
const spread = 2;
const widerBy = 16;
const looksMax = 3;

type Deps = Pick<OperationPorts, 'board' | 'rows'>;

/** Pages within this many events of the end are read from there while the book is still loading. */
const nearEnd = 1_000;

/** The matching events of a run. Until the book of a long run is loaded, `types` covers its newest events only. */
export async function eventsOf(deps: Deps, run: string, filter: EventFilter): Promise<EventPage> {
  const atHand = deps.rows.atHand(run);
  if (atHand !== undefined) return eventPage(atHand.rows, filter);
  // Before the book, not beside it: loading the whole book would delay the page.
  const early = await earlyPage(deps, run, filter);
  const opening = deps.rows.open(run);
  if (early === undefined) return eventPage((await opening).rows, filter);
  // The next request waits for the book, and gets its error.
  opening.catch(() => undefined);

  return early;
}

async function earlyPage(deps: Deps, run: string, filter: EventFilter): Promise<EventPage | undefined> {
  const total = deps.board.line(run)?.sequence ?? 0;
  const { types, task, q, order, limit, after = 0, before = total + 1 } = filter;
  const from = Math.max(1, after + 1, order === 'desc' ? before - limit : 1);
  const isFiltered = types !== undefined || task !== undefined || q !== undefined;
  if (isFiltered || total <= nearEnd || total - from >= nearEnd) return undefined;
  const rows = await newestRows(deps, run, from);
  if (rows === undefined) return undefined;
  const last = rows.at(-1)?.line.sequence ?? total;

  return { ...eventPage(rows, filter), matching: last, total: last };
}

/** One event in full. Rejects with RequestRefused if the run has no such event. */
export async function eventOf({ rows: known }: Deps, run: string, sequence: number): Promise<EventDetail> {
  const { rows } = await known.open(run);
  const row = rows[sequence - 1];
  const stored =
    row === undefined ? undefined : await firstOf(known.entries(run, { after: row.line.position - 1 }));
  if (row === undefined || stored === undefined) {
    const message = `run ${run} has no event ${sequence}: its last one is ${rows.length}`;
    throw new RequestRefused({ code: 'run.no-event', message });
  }
  if (stored.kind === 'foreign') return { ...unknownContent, ...row.line, record: stored.body };

  return { ...eventDocument(stored.record, stored.position), ...row.line, record: JSON.parse(stored.body) };
}

async function firstOf(messages: AsyncIterable<Stored>): Promise<Stored | undefined> {
  for await (const stored of messages) return stored;

  return undefined;
}

/**
 * The last rows of a run from event `from` on, read from the end of the journal: shown while the book of a long run
 * is loading. Undefined if they are too far back or damaged.
 */
async function newestRows(deps: Deps, run: string, from: number): Promise<readonly BookRow[] | undefined> {
  const line = deps.board.line(run);
  if (line === undefined || line.damage !== undefined) return undefined;
  let back = Math.max(0, line.sequence - from + 1) * spread;
  for (let looks = 0; looks < looksMax; looks++) {
    const rows = await rowsBehind(deps, run, line.position - back);
    const first = rows?.[0]?.line.sequence;
    if (first === undefined) return undefined;
    if (first <= from) return rows;
    back *= widerBy;
  }

  return undefined;
}

async function rowsBehind(deps: Deps, run: string, after: number): Promise<readonly BookRow[] | undefined> {
  const rows: BookRow[] = [];
  for await (const stored of deps.rows.entries(run, { after: Math.max(0, after) })) {
    const expected = (rows.at(-1)?.line.sequence ?? 0) + 1;
    if (stored.kind !== 'record') return undefined;
    if (rows.length > 0 && stored.record.sequence !== expected) return undefined;
    rows.push(bookRow(stored.record, stored.position));
  }

  return rows;
}
