import type { BulkReport } from '../../api/commands.ts';
import { changeRuns, refusalOfCount } from '../../operations/runs/change-runs.ts';
import type { BoardLine } from '../../ports/runs/board.ts';
import type { RunCommand } from '../../ports/runs/workflows.ts';
import { shownStatusOfLine } from '../../projections/run/shown-status.ts';
import { type ApiDeps, type Caller, RequestRefused } from '../api.ts';
import { runCommand } from './asked-command.ts';
import { runLinesOf } from './run-lines.ts';

/** The commands that may be given to many runs at once. */
export type ManyCommand = Extract<
  RunCommand,
  { kind: 'pauseRun' | 'resumeRun' | 'cancelRun' | 'terminateRun' | 'retryRun' | 'dropDeadLetter' }
>;

type Deps = Pick<ApiDeps, 'workflows' | 'board'>;
type Item = BulkReport['items'][number];
export type Changed = Pick<BulkReport, 'total' | 'changed' | 'refused' | 'items'>;

/** How many are told of before anything is changed. */
const dryMax = 200;

/** What would be changed: the first runs of those that were chosen. */
export function dryReport({ board }: Deps, chosen: readonly BoardLine[]): Changed {
  const { shortId } = runLinesOf(board);
  const items = chosen.slice(0, dryMax).map((line) => ({ ...itemOf(line, shortId(line.run)), ok: true }));

  return { total: chosen.length, changed: 0, refused: 0, items };
}

/** Throws RequestRefused, `runs.count-differs`, where more or fewer were chosen than whoever asks has seen. */
export function refuseOtherCount(found: number, expected: number | undefined): void {
  const differs = refusalOfCount(found, expected);
  if (differs !== undefined) throw new RequestRefused(differs, 'ask again with "dryRun" to see which');
}

/** Gives one command to each run. */
export async function changeMany(
  deps: Deps,
  caller: Caller,
  { chosen, command }: { readonly chosen: readonly BoardLine[]; readonly command: ManyCommand },
): Promise<Changed> {
  const { shortId } = runLinesOf(deps.board);
  const letters = command.kind === 'dropDeadLetter' ? await deps.workflows.deadLetters() : undefined;
  const outcomes = await changeRuns(
    deps.workflows,
    chosen.map(({ run }) => run),
    {
      by: caller.actor,
      command: (run) => runCommand(deps.workflows, command, { run, by: caller.actor, letters }),
    },
  );
  const items = chosen.flatMap((line, at) => {
    const outcome = outcomes[at];
    return outcome === undefined ? [] : [{ ...itemOf(line, shortId(line.run)), ...outcome }];
  });
  const count = items.filter(({ ok }) => ok).length;

  return { total: items.length, changed: count, refused: items.length - count, items };
}

function itemOf(line: BoardLine, shortId: string): Omit<Item, 'ok'> {
  const { id, version } = line.head.definition;

  return { run: line.run, shortId, definition: `${id}@${version}`, status: shownStatusOfLine(line) };
}
