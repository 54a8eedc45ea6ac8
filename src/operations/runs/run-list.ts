import { triggerOf } from '../../../machines/triggers/trigger-of.ts';
import { type RunDetail, type RunList, ShownStatus } from '../../api/run.ts';
import type { RunQuery } from '../../api/run-requests.ts';
import type { Board, BoardLine } from '../../ports/runs/board.ts';
import { runDetail } from '../../projections/run/run-document.ts';
import { shownStatusOfLine } from '../../projections/run/shown-status.ts';
import { parseWhere } from '../../projections/where.ts';
import { WhereInvalid } from '../../projections/where-invalid.ts';
import { type Order, type Page, type PageWanted, pageOf } from '../page.ts';
import type { OperationPorts } from '../use-case.ts';
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
  const { items, ...page } = pageOfRuns(matching, query);

  return {
    ...page,
    items: items.map(lineOf),
    all: all.length,
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

type RunOrder = Omit<Order<BoardLine>, 'name'>;

const orders: Readonly<Record<RunSort, RunOrder>> = {
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

/** Throws RequestRefused for a cursor of another order. */
export function pageOfRuns(
  lines: readonly BoardLine[],
  { sort, ...wanted }: PageWanted & { readonly sort: RunSort },
): Page<BoardLine> {
  return pageOf(lines, { name: `runs in the order ${sort}`, ...orders[sort] }, wanted);
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
