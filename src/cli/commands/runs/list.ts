import {
  type RunsFilter,
  type RunTerm,
  shownStatusOfLine,
} from '../../../../machines/run/record/run-filter.ts';
import type { RunWait } from '../../../api/run.ts';
import { runLinesOf, statusCounts, sumOf } from '../../../operations/runs/run-lines.ts';
import { pageOfRuns } from '../../../operations/runs/run-list.ts';
import type { CurrentRuns, RunSummary } from '../../../ports/runs/run-index.ts';
import { statusWaiting } from '../../../projections/run/run-wait.ts';
import { parseTerms, statusesIn } from '../../../projections/where.ts';
import { formatTable } from '../../../terminal/render/table.ts';
import { formatElapsed, formatTime, type TimeStyle } from '../../../terminal/render/times.ts';
import { oneLine } from '../../../terminal/render/width.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, withRuns } from '../../invocation.ts';
import { limitOf, listed, noteMore, type PageFlags } from '../paged-list.ts';

export type ListFlags = Omit<PageFlags, 'all'> & {
  readonly status?: readonly string[];
  readonly where?: readonly string[];
};

/** `workflow list`: the runs, latest change first. */
export async function list(invocation: Invocation, flags: ListFlags): Promise<ExitCode> {
  const { output, hint } = invocation;
  const chosen = chosenBy(flags);
  const limit = limitOf(flags.limit);

  return withRuns<ExitCode>(invocation, async ({ runs, surroundings }) => {
    const { all, found, page } = await readPage(runs, { ...chosen, limit, after: flags.after });
    const known = await runs.known();
    const lines = runLinesOf(known);
    const { lineOf } = lines;
    lines.look(await surroundings(page.items), invocation.io.clock.now);
    const counts = statusCounts(found);
    const items = page.items.map(lineOf);
    output.document('RunList', { ...page, items, all, counts, position: known.position() });
    if (page.items.length > 0) output.data(runTable(invocation, page.items, lines));
    if (all === 0) output.note(`no runs yet; start one with ${hint('start', '<definition>')}`);
    else if (page.items.length === 0)
      output.note(
        `none of the ${all} runs is ${[...(flags.status ?? []), ...(flags.where ?? [])].join(', ')}`,
      );
    noteMore(invocation, page);

    return 0;
  });
}

type Wanted = {
  readonly filter: RunsFilter;
  readonly statuses: readonly RunTerm[];
  readonly limit: number;
  readonly after: string | undefined;
};

/** The page, and how many runs fit what was asked but for their status. */
async function readPage(runs: CurrentRuns, { filter, statuses, limit, after }: Wanted) {
  const wanted = { ...filter, terms: [...(filter.terms ?? []), ...statuses] };
  const page = await listed(() => pageOfRuns(runs, wanted, { sort: 'updated', limit, after }));
  const total = sumOf(await runs.counts(wanted));

  return { all: sumOf(await runs.counts()), found: await runs.counts(filter), page: { ...page, total } };
}

/** Runs as a table. */
export function runTable(
  { output, io, options }: Invocation,
  runs: readonly RunSummary[],
  {
    shortId,
    waitOf,
    alike,
  }: Pick<ReturnType<typeof runLinesOf>, 'shortId' | 'waitOf'> & {
    /** How many runs each of them stands for. */
    readonly alike?: ReadonlyMap<string, number>;
  },
): string {
  const now = io.clock.now();
  const style = options.time ?? 'relative';
  const columns = output.columns();
  // What people call a run, where any has such a name.
  const isNamed = runs.some(({ head }) => head.key !== undefined);

  return formatTable(
    [
      ...(isNamed ? [{ title: 'KEY', flexible: true }] : []),
      ...(alike === undefined ? [] : [{ title: 'RUNS', align: 'right' as const }]),
      { title: alike === undefined ? 'RUN' : 'FIRST OF THEM' },
      { title: 'STATUS' },
      { title: 'DEFINITION', flexible: true },
      { title: 'TASKS', align: 'right' },
      { title: 'STARTED', givesWay: 2 },
      { title: 'TOOK', align: 'right', givesWay: 1 },
      { title: 'UPDATED', givesWay: 3 },
      { title: 'NOW AT', flexible: true },
    ],
    runs.map((line) => {
      const wait = waitOf(line);
      return [
        ...(isNamed ? [oneLine(line.head.key ?? '')] : []),
        ...(alike === undefined ? [] : [String(alike.get(line.run) ?? 1)]),
        shortId(line.run),
        output.paint.status(statusWaiting(shownStatusOfLine(line), wait)),
        ...runCells(line, style, now),
        nowAt(line, wait),
      ];
    }),
    { ...(columns === undefined ? {} : { columns }), title: output.paint.dim },
  );
}

function runCells({ head, updatedAt }: RunSummary, style: TimeStyle, now: number): readonly string[] {
  const endedAt = head.endedAt === undefined ? now : Date.parse(head.endedAt);

  return [
    `${head.definition.id} v${head.definition.version}`,
    `${head.settled}/${head.tasks}`,
    formatTime(head.startedAt, style, now),
    formatElapsed(endedAt - Date.parse(head.startedAt)),
    formatTime(updatedAt, style, now),
  ];
}

/** Where a run is, and what it waits for there. */
function nowAt({ head, damage, archived }: RunSummary, wait: RunWait | undefined): string {
  if (damage !== undefined) return oneLine(`event ${damage.sequence}: ${damage.message}`);
  if (wait !== undefined && head.status === 'RUNNING')
    return oneLine([wait.task, wait.reason].filter((each) => each !== undefined).join(': '));

  return [head.error ?? head.active.map(({ task }) => task).join(', '), archivedText(archived)]
    .filter((text) => text !== '')
    .join(', ');
}

function archivedText(archived: RunSummary['archived']): string {
  if (archived === undefined) return '';

  return archived === 'head' ? 'archived, only its head is kept' : 'archived';
}

/** What a run has to fit, and which statuses were asked for. */
function chosenBy({ status = [], where }: ListFlags): Pick<Wanted, 'filter' | 'statuses'> {
  const values = status.flatMap((each) => statusesIn(each, '--status'));

  return {
    filter: where === undefined ? {} : { terms: parseTerms(where) },
    statuses: values.length === 0 ? [] : [{ field: 'status', isNot: false, values }],
  };
}
