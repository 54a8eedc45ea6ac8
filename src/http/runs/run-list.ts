import { z } from 'zod';
import { triggerOf } from '../../../machines/triggers/trigger-of.ts';
import { type RunList, ShownStatus } from '../../api/run.ts';
import type { Board, BoardLine } from '../../ports/runs/board.ts';
import { shownStatusOfLine } from '../../projections/run/shown-status.ts';
import { parseWhere } from '../../projections/where.ts';
import { WhereInvalid } from '../../projections/where-invalid.ts';
import { RequestRefused } from '../api.ts';
import { runLinesOf } from './run-lines.ts';

/** What is asked of the list of runs. */
export type RunQuery = {
  readonly where?: string | undefined;
  readonly status?: string | undefined;
  readonly q?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly sort: RunSort;
};

export const runSorts = ['updated', 'started', 'definition', 'status'] as const;
type RunSort = (typeof runSorts)[number];

/** The runs that fit, in order, from the cursor on. Throws WhereInvalid, RequestRefused. */
export function runList(board: Board, query: RunQuery): RunList {
  const { lineOf } = runLinesOf(board);
  const all = board.lines();
  const found = all.filter(fits(query));
  const counts = countsOf(found);
  const wanted = statusesOf(query.status);
  const matching = wanted === undefined ? found : found.filter((line) => wanted.has(shownStatusOfLine(line)));
  const { page, cursor } = pageOf(matching, query);

  return {
    runs: page.map(lineOf),
    matching: matching.length,
    total: all.length,
    cursor,
    counts,
    position: board.position(),
  };
}

/** The runs that the terms of a bulk command or a filter find. Throws WhereInvalid. */
function fits({ where, q }: Pick<RunQuery, 'where' | 'q'>): (line: BoardLine) => boolean {
  const matches = where === undefined || where.trim() === '' ? undefined : parseWhere([where]);
  const text = q?.trim().toLowerCase() ?? '';

  return (line) => (matches?.(line) ?? true) && (text === '' || says(line, text));
}

function says({ run, head }: BoardLine, text: string): boolean {
  return [run, head.definition.id, triggerOf(head), head.error ?? ''].some((each) =>
    each.toLowerCase().includes(text),
  );
}

function countsOf(lines: readonly BoardLine[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const line of lines) {
    const shown = shownStatusOfLine(line);
    counts.set(shown, (counts.get(shown) ?? 0) + 1);
  }

  return Object.fromEntries(counts);
}

function statusesOf(text: string | undefined): ReadonlySet<string> | undefined {
  const names = text?.split(',').flatMap((each) => (each.trim() === '' ? [] : [each.trim().toUpperCase()]));
  if (names === undefined || names.length === 0) return undefined;
  const known: readonly string[] = ShownStatus.options;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return new Set(names);

  throw new WhereInvalid('usage.status', `status: "${unknown}" is none of ${known.join(', ')}`);
}

/** Where a run stands in the order: compared part by part, its id last. */
type Place = readonly string[];
type Order = { readonly place: (line: BoardLine) => Place; readonly descending: readonly boolean[] };

const orders: Readonly<Record<RunSort, Order>> = {
  updated: { place: ({ updatedAt, run }) => [updatedAt, run], descending: [true, true] },
  started: { place: ({ head, run }) => [head.startedAt, run], descending: [true, true] },
  definition: {
    place: ({ head, run }) => [head.definition.id, head.startedAt, run],
    descending: [false, true, true],
  },
  status: {
    place: (line) => [shownStatusOfLine(line), line.updatedAt, line.run],
    descending: [false, true, true],
  },
};

/** The cursor says behind which place the next page begins, so that runs which move up meanwhile shift nothing. */
function pageOf(
  lines: readonly BoardLine[],
  { limit, cursor, sort }: RunQuery,
): { readonly page: readonly BoardLine[]; readonly cursor: string | undefined } {
  const { place, descending } = orders[sort];
  const after = cursor === undefined ? undefined : readCursor(cursor, sort);
  const placed = lines
    .map((line) => ({ line, at: place(line) }))
    .filter(({ at }) => after === undefined || compare(at, after, descending) > 0)
    .sort((a, b) => compare(a.at, b.at, descending));
  const page = placed.slice(0, limit);
  const last = page.at(-1);
  const hasMore = placed.length > page.length && last !== undefined;

  return {
    page: page.map(({ line }) => line),
    cursor: hasMore ? Buffer.from(JSON.stringify([sort, ...last.at])).toString('base64url') : undefined,
  };
}

function compare(one: Place, other: Place, descending: readonly boolean[]): number {
  for (const [index, text] of one.entries()) {
    const than = other[index] ?? '';
    if (text !== than) return text < than === (descending[index] ?? false) ? 1 : -1;
  }

  return 0;
}

function readCursor(cursor: string, sort: RunSort): Place {
  const read = z.array(z.string()).safeParse(parsed(Buffer.from(cursor, 'base64url').toString()));
  const [of, ...place] = read.success ? read.data : [];
  if (of === sort && place.length === orders[sort].descending.length) return place;

  throw new RequestRefused({
    code: 'usage.cursor',
    message: `"${cursor}" is no cursor of a list of runs in the order ${sort}; begin without one`,
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
