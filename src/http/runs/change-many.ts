import type { BulkReport } from '../../api/commands.ts';
import { mapAtOnce } from '../../lib/limit.ts';
import { messageOf } from '../../lib/text.ts';
import type { BoardLine } from '../../ports/runs/board.ts';
import type { DeadLetter } from '../../ports/runs/dead-letters.ts';
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

/** How many runs are changed at the same time. */
const atATime = 8;
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
  if (expected === undefined || expected === found) return;
  const message = `${found} fit now, not the ${expected} that were expected; nothing was changed`;
  throw new RequestRefused({ code: 'runs.count-differs', message }, 'ask again with "dryRun" to see which');
}

/** Gives one command to each run. What cannot be done to one run does not keep the others from it. */
export async function changeMany(
  deps: Deps,
  caller: Caller,
  { chosen, command }: { readonly chosen: readonly BoardLine[]; readonly command: ManyCommand },
): Promise<Changed> {
  const { shortId } = runLinesOf(deps.board);
  const letters = command.kind === 'dropDeadLetter' ? await deps.workflows.deadLetters() : undefined;
  const items = await mapAtOnce(chosen, atATime, async (line) => ({
    ...itemOf(line, shortId(line.run)),
    ...(await changed(deps, caller, { run: line.run, command, letters })),
  }));
  const count = items.filter(({ ok }) => ok).length;

  return { total: items.length, changed: count, refused: items.length - count, items };
}

function itemOf(line: BoardLine, shortId: string): Omit<Item, 'ok'> {
  const { id, version } = line.head.definition;

  return { run: line.run, shortId, definition: `${id}@${version}`, status: shownStatusOfLine(line) };
}

type One = {
  readonly run: string;
  readonly command: ManyCommand;
  readonly letters: readonly DeadLetter[] | undefined;
};
type Outcome = Pick<Item, 'ok' | 'sequence' | 'refusal'>;

async function changed(
  { workflows }: Deps,
  caller: Caller,
  { run, command, letters }: One,
): Promise<Outcome> {
  try {
    const asked = await runCommand(workflows, command, { run, by: caller.actor, letters });
    const answer = await workflows.command(run, asked, caller.actor);

    return answer.ok ? { ok: true, sequence: answer.sequence } : { ok: false, refusal: answer.refusal };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'internal';

    return { ok: false, refusal: { code, message: messageOf(error) } };
  }
}
