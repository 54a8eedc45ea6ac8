import type { RunList } from '../../../api/run.ts';
import type { Page } from '../../../operations/page.ts';
import { indexOf, runLinesOf, statusCounts } from '../../../operations/runs/run-lines.ts';
import { pageOfRuns } from '../../../operations/runs/run-list.ts';
import type { RunSummary } from '../../../ports/runs/workflows.ts';
import { shownStatusOfLine } from '../../../projections/run/shown-status.ts';
import { hasStatus, parseWhere, statusesIn } from '../../../projections/where.ts';
import { shortIds } from '../../../terminal/render/short-id.ts';
import { formatTable } from '../../../terminal/render/table.ts';
import { formatElapsed, formatTime, type TimeStyle } from '../../../terminal/render/times.ts';
import { oneLine } from '../../../terminal/render/width.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, withSession } from '../../invocation.ts';
import { limitOf, listed, noteMore, type PageFlags } from '../paged-list.ts';

export type ListFlags = Omit<PageFlags, 'all'> & {
  readonly status?: readonly string[];
  readonly where?: readonly string[];
};

/** `workflow list`: the runs, latest change first. */
export async function list(invocation: Invocation, flags: ListFlags): Promise<ExitCode> {
  const { output, hint } = invocation;
  const [fits, isWanted] = chosenBy(flags);
  const limit = limitOf(flags.limit);

  return withSession<ExitCode>(invocation, 'none', async ({ workflows }) => {
    const all = await workflows.list();
    const found = all.filter(fits);
    const matching = found.filter(isWanted);
    const page = listed(() => pageOfRuns(matching, { sort: 'updated', limit, after: flags.after }));
    const shown = page.items;
    output.document('RunList', runListOf(all, { found, page }));
    if (shown.length > 0) output.data(runTable(invocation, shown, all));
    if (all.length === 0) output.note(`no runs yet; start one with ${hint('start', '<definition>')}`);
    else if (shown.length === 0)
      output.note(
        `none of the ${all.length} runs is ${[...(flags.status ?? []), ...(flags.where ?? [])].join(', ')}`,
      );
    noteMore(invocation, page);

    return 0;
  });
}

/** Runs as a table. Ids are shortened to be unique among `all`. */
export function runTable(
  { output, io, options }: Invocation,
  runs: readonly RunSummary[],
  all: readonly RunSummary[],
): string {
  const ids = shortIds(all.map(({ run }) => run));
  const now = io.clock.now();
  const style = options.time ?? 'relative';
  const columns = output.columns();

  return formatTable(
    [
      { title: 'RUN' },
      { title: 'STATUS' },
      { title: 'DEFINITION', flexible: true },
      { title: 'TASKS', align: 'right' },
      { title: 'STARTED', givesWay: 2 },
      { title: 'TOOK', align: 'right', givesWay: 1 },
      { title: 'UPDATED', givesWay: 3 },
      { title: 'NOW AT', flexible: true },
    ],
    runs.map((line) => [
      ids.get(line.run) ?? line.run,
      output.paint.status(shownStatusOfLine(line)),
      ...runCells(line, style, now),
    ]),
    { ...(columns === undefined ? {} : { columns }), title: output.paint.dim },
  );
}

function runCells({ head, updatedAt, damage }: RunSummary, style: TimeStyle, now: number): readonly string[] {
  const endedAt = head.endedAt === undefined ? now : Date.parse(head.endedAt);

  return [
    `${head.definition.id} v${head.definition.version}`,
    `${head.settled}/${head.tasks}`,
    formatTime(head.startedAt, style, now),
    formatElapsed(endedAt - Date.parse(head.startedAt)),
    formatTime(updatedAt, style, now),
    damage === undefined
      ? (head.error ?? head.active.map(({ task }) => task).join(', '))
      : oneLine(`event ${damage.sequence}: ${damage.message}`),
  ];
}

type Found = { readonly found: readonly RunSummary[]; readonly page: Page<RunSummary> };

function runListOf(all: readonly RunSummary[], { found, page }: Found): RunList {
  const index = indexOf(all);

  return {
    ...page,
    items: page.items.map(runLinesOf(index).lineOf),
    all: all.length,
    counts: statusCounts(found),
    position: index.position(),
  };
}

type Chooses = (run: RunSummary) => boolean;

/** Whether a run fits what was asked, and whether it has a status that was asked for. */
function chosenBy({ status = [], where }: ListFlags): readonly [Chooses, Chooses] {
  const statuses = status.flatMap((each) => statusesIn(each, '--status'));

  return [
    where === undefined ? () => true : parseWhere(where),
    (run) => statuses.length === 0 || hasStatus(run, statuses),
  ];
}
