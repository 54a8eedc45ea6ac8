import type { EventDetail, EventPage } from '../../api/run-parts.ts';
import type { Stored } from '../../ports/runs/journal.ts';
import { type BookRow, bookRow } from '../../projections/insights/book-row.ts';
import { type EventFilter, eventPage } from '../../projections/task/event-page.ts';
import { type ApiDeps, RequestRefused } from '../api.ts';

/** How far back from the end of the journal the rows are looked for first: times as many as there are. */
const spread = 2;
const widerBy = 16;
const looksMax = 3;

type Deps = Pick<ApiDeps, 'board' | 'rows'>;

/** So many events from its end, a run is looked at before its book is read. */
const nearEnd = 1_000;

/** The events of a run that fit. Until the book of a long run is read, `types` are those of its newest events. */
export async function eventsOf(deps: Deps, run: string, filter: EventFilter): Promise<EventPage> {
  const atHand = deps.rows.atHand(run);
  if (atHand !== undefined) return eventPage(atHand.rows, filter);
  // Not side by side with the book: reading all of it would hold up what somebody waits for.
  const early = await earlyPage(deps, run, filter);
  const opening = deps.rows.open(run);
  if (early === undefined) return eventPage((await opening).rows, filter);
  // Whoever asks next waits for it, and is told what went wrong.
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

/** One event with all that it holds. Rejects with RequestRefused where the run has no such event. */
export async function eventOf({ rows: known }: Deps, run: string, sequence: number): Promise<EventDetail> {
  const { rows } = await known.open(run);
  const row = rows[sequence - 1];
  const stored =
    row === undefined ? undefined : await firstOf(known.entries(run, { after: row.line.position - 1 }));
  if (row === undefined || stored === undefined) {
    const message = `run ${run} has no event ${sequence}: its last one is ${rows.length}`;
    throw new RequestRefused({ code: 'run.no-event', message });
  }
  const none = { fact: {}, transitions: [], hash: '', previousHash: '', record: stored.body };
  if (stored.kind === 'foreign') return { ...row.line, ...none };
  const { data, hash, previoushash, request } = stored.record;

  return {
    ...row.line,
    fact: data.fact,
    transitions: data.transitions,
    hash,
    previousHash: previoushash,
    ...(request === undefined ? {} : { request }),
    record: JSON.parse(stored.body),
  };
}

async function firstOf(messages: AsyncIterable<Stored>): Promise<Stored | undefined> {
  for await (const stored of messages) return stored;

  return undefined;
}

/**
 * The last rows of a run from event `from` on, found from the end of the journal: while the book of a long run is read,
 * this is what somebody looks at first. Undefined where they are too far back, or not sound.
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
