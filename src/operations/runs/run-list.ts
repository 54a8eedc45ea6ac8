import { z } from 'zod';
import { triggerOf } from '../../../machines/triggers/trigger-of.ts';
import { type RunDetail, type RunList, ShownStatus } from '../../api/run.ts';
import type { RunQuery } from '../../api/run-requests.ts';
import type { Board, BoardLine } from '../../ports/runs/board.ts';
import { runDetail } from '../../projections/run/run-document.ts';
import { shownStatusOfLine } from '../../projections/run/shown-status.ts';
import { parseWhere } from '../../projections/where.ts';
import { WhereInvalid } from '../../projections/where-invalid.ts';
import type { OperationPorts } from '../use-case.ts';
import { RequestRefused } from '../use-case.ts';
import { runLinesOf, statusCounts } from './run-lines.ts';

const keptMax = 2_000;

type RunSort = RunQuery['sort'];

/** The matching runs in order, after the cursor. Throws WhereInvalid, RequestRefused. */
export function runList(board: Board, query: RunQuery): RunList {
  const { lineOf } = runLinesOf(board);
  const all = board.lines();
  const found = all.filter(fits(query));
  const counts = statusCounts(found);
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

/** The runs that the terms of a bulk command or a filter match. Throws WhereInvalid. */
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

function statusesOf(text: string | undefined): ReadonlySet<string> | undefined {
  const names = text?.split(',').flatMap((each) => (each.trim() === '' ? [] : [each.trim().toUpperCase()]));
  if (names === undefined || names.length === 0) return undefined;
  const known: readonly string[] = ShownStatus.options;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return new Set(names);

  throw new WhereInvalid('usage.status', `status: "${unknown}" is none of ${known.join(', ')}`);
}

/** The sort key of a run: compared part by part, its id last. */
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

/** The cursor is the sort key after which the next page begins, so that runs that move meanwhile shift nothing. */
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

type Deps = Pick<OperationPorts, 'workflows' | 'board'>;

/**
 * Details that need reading the run, as of now. Cached until the run changes, for the 2,000 runs asked for last. Runs
 * that are missing or unreadable are left out.
 */
export function createRunDetails({ workflows, board }: Deps): {
  readonly of: (runs: readonly string[]) => Promise<readonly RunDetail[]>;
} {
  const kept = new Map<string, { readonly upTo: number; readonly detail: RunDetail }>();

  const detailOf = async (run: string): Promise<RunDetail | undefined> => {
    const sequence = board.line(run)?.sequence;
    const known = kept.get(run);
    if (sequence === undefined) return undefined;
    if (known !== undefined && known.upTo >= sequence) return known.detail;
    const { view } = await workflows.inspect(run);
    if (view === undefined) return undefined;
    const detail = runDetail(view);
    kept.delete(run);
    // The readable part of a damaged run ends early, which only reading all of it shows: do not read it again for
    // that.
    kept.set(run, { upTo: Math.max(sequence, detail.sequence), detail });
    const [oldest] = kept.keys();
    if (kept.size > keptMax && oldest !== undefined) kept.delete(oldest);

    return detail;
  };

  return {
    of: async (runs) => {
      const found: RunDetail[] = [];
      // One by one: a list can wait, and should not delay somebody who looks at a single run.
      for (const run of new Set(runs)) {
        const detail = await detailOf(run);
        if (detail !== undefined) found.push(detail);
      }

      return found;
    },
  };
}
