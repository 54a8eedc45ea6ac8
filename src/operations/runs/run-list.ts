import { type RunsFilter, runOrders } from '../../../machines/run/record/run-filter.ts';
import { type RunGrid, type RunLine, type RunList, ShownStatus } from '../../api/run.ts';
import type { RunGridQuery, RunQuery } from '../../api/run-requests.ts';
import type { BoardLine } from '../../ports/runs/board.ts';
import type { RunQueries } from '../../ports/runs/run-index.ts';
import { parseTerms } from '../../projections/where.ts';
import { WhereInvalid } from '../../projections/where-invalid.ts';
import { byName, cursorOf, type Page, type PageWanted, pageOf, readCursor } from '../page.ts';
import type { OperationPorts } from '../use-case.ts';
import { linesNow } from './lines-now.ts';
import { statusCounts, sumOf } from './run-lines.ts';

type RunSort = RunQuery['sort'];

/** The matching runs in order, after the cursor. Rejects with WhereInvalid, RequestRefused. */
export async function runList(
  ports: Pick<OperationPorts, 'workflows' | 'board' | 'clock'>,
  query: RunQuery,
): Promise<RunList> {
  const { board } = ports;
  const { lineOf } = await linesNow(ports);
  const filter = filterOf(query);
  const counts = await board.counts(filter);
  const shown = statusesOf(query.status);
  const { items, ...page } = await pageOfRuns(
    board,
    shown === undefined ? filter : { ...filter, shown },
    query,
  );
  const wanted = shown === undefined ? counts : counts.filter((each) => shown.includes(each.shown));

  return {
    ...page,
    items: items.map(lineOf),
    total: sumOf(wanted),
    all: sumOf(await board.counts()),
    counts: statusCounts(counts),
    position: board.position(),
  };
}

/** What a row of the grid shows. */
const groupMax = 20;

/**
 * The latest runs of each definition that has some that fit, a question for each: however many one has, the others have
 * theirs. Rejects with WhereInvalid, RequestRefused.
 */
export async function runGrid(
  ports: Pick<OperationPorts, 'workflows' | 'board' | 'clock'>,
  query: RunGridQuery,
): Promise<RunGrid> {
  const { board } = ports;
  const { lineOf } = await linesNow(ports);
  const shown = statusesOf(query.status);
  const filter = { ...filterOf(query), ...(shown === undefined ? {} : { shown }) };
  const totals = new Map<string, number>();
  for (const { definition, count } of await board.counts(filter))
    totals.set(definition.id, (totals.get(definition.id) ?? 0) + count);
  const definitions = [...totals].map(([name, total]) => ({ name, total }));
  const { items, ...page } = pageOf(definitions, byName('definitions with runs'), query);
  const latestOf = async (definition: string): Promise<RunLine[]> => {
    const found = await board.page({ filter: { ...filter, definition }, order: 'started', limit: groupMax });

    return found.map(lineOf);
  };

  return {
    ...page,
    items: await Promise.all(
      items.map(async ({ name, total }) => ({ definition: name, total, runs: await latestOf(name) })),
    ),
  };
}

/** The runs that the terms of a bulk command or a filter match. Throws WhereInvalid. */
function filterOf({ where, q }: Pick<RunQuery, 'where' | 'q'>): RunsFilter {
  return {
    ...(where === undefined || where.trim() === '' ? {} : { terms: parseTerms([where]) }),
    ...(q === undefined || q.trim() === '' ? {} : { text: q.trim().toLowerCase() }),
  };
}

function statusesOf(text: string | undefined): readonly string[] | undefined {
  const names = text?.split(',').flatMap((each) => (each.trim() === '' ? [] : [each.trim().toUpperCase()]));
  if (names === undefined || names.length === 0) return undefined;
  const known: readonly string[] = ShownStatus.options;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return names;

  throw new WhereInvalid('usage.status', `status: "${unknown}" is none of ${known.join(', ')}`);
}

/** Rejects with RequestRefused for a cursor of another order. */
export async function pageOfRuns(
  runs: RunQueries,
  filter: RunsFilter,
  { sort, limit, after }: PageWanted & { readonly sort: RunSort },
): Promise<Omit<Page<BoardLine>, 'total'>> {
  const name = `runs in the order ${sort}`;
  const place = after === undefined ? {} : { after: readCursor(after, name) };
  const found = await runs.page({ filter, order: sort, limit: limit + 1, ...place });
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const hasMore = found.length > items.length && last !== undefined;

  return { items, ...(hasMore ? { next: cursorOf(name, runOrders[sort].place(last)) } : {}) };
}
