import type { z } from 'zod';
import { controlling } from '../../../machines/agents/actions.ts';
import { shownStatusOfLine } from '../../../machines/run/record/run-filter.ts';
import type { AskedCommand, BulkReport, BulkRequest } from '../../api/commands.ts';
import type { Caller } from '../../ports/access/authority.ts';
import type { BoardLine } from '../../ports/runs/board.ts';
import type { DeadLetter } from '../../ports/runs/dead-letters.ts';
import type { RunCommand, Workflows } from '../../ports/runs/workflows.ts';
import { parseTerms } from '../../projections/where.ts';
import { refuseUnlessAllowed } from '../authorize.ts';
import { type OperationPorts, RequestRefused } from '../use-case.ts';
import { changeable, changeRuns, refusalOfCount } from './change-runs.ts';
import { requestedEdit } from './checked-input.ts';
import { runLinesOf } from './run-lines.ts';

/** Commands that may be given to many runs at once. */
export type ManyCommand = Extract<
  RunCommand,
  { kind: 'pauseRun' | 'resumeRun' | 'cancelRun' | 'terminateRun' | 'retryRun' | 'dropDeadLetter' }
>;

type Deps = Pick<OperationPorts, 'workflows' | 'board'>;

type Item = BulkReport['items'][number];

type Changed = Pick<BulkReport, 'total' | 'changed' | 'refused' | 'items'>;

/** How many runs are listed before anything is changed. */
const dryMax = 200;

/** Gives one command to all runs that match, unless archived; without `dryRun`, `expectCount` has to say how many. */
export async function changeWhere(
  ports: OperationPorts,
  { where, command, dryRun, expectCount }: z.output<typeof BulkRequest>,
  caller: Caller,
): Promise<BulkReport> {
  const terms = parseTerms([where]);
  refuseUnlessAllowed(ports.authority, caller, controlling(command));
  await ports.board.ready;
  const chosen = await changeable(ports.board, { terms }, 'changed');
  if (dryRun) {
    refuseOtherCount(chosen.length, expectCount);
    return { where, dryRun, ...dryReport(ports, chosen) };
  }
  if (expectCount === undefined) {
    const message = `${chosen.length} runs fit; say with "expectCount" how many you mean`;
    throw new RequestRefused({ code: 'usage.confirm', message }, 'ask with "dryRun" to see which');
  }
  refuseOtherCount(chosen.length, expectCount);

  return { where, dryRun, ...(await changeMany(ports, caller, { chosen, command })) };
}

/** A preview of the change: the first of the chosen runs. */
export function dryReport({ board }: Deps, chosen: readonly BoardLine[]): Changed {
  const { shortId } = runLinesOf(board);
  const items = chosen.slice(0, dryMax).map((line) => ({ ...itemOf(line, shortId(line.run)), ok: true }));

  return { total: chosen.length, changed: 0, refused: 0, items };
}

/** Throws RequestRefused (`runs.count-differs`) if the number of chosen runs is not the expected one. */
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

type Asking = {
  readonly run: string;
  /** The approver. */
  readonly by: string;
  /** The dead letters of all runs, if already read: finding them reads many runs. */
  readonly letters?: readonly DeadLetter[] | undefined;
};

/** The command for the engine. Throws RequestRefused. */
export async function runCommand(
  workflows: Workflows,
  asked: AskedCommand,
  { run, by, letters }: Asking,
): Promise<RunCommand> {
  switch (asked.kind) {
    case 'approve':
    case 'reject':
    case 'requestChange':
    case 'delegateApproval':
    case 'assignTask':
      return { ...asked, by };
    case 'signal':
      return { ...asked, data: asked.data ?? {} };
    case 'rerun':
      return rerun(workflows, run, asked);
    case 'dropDeadLetter':
      refuseUnlessDropped(letters ?? (await workflows.deadLetters({ run })), run);
      return asked;
    default:
      return asked;
  }
}

type Rerun = Extract<AskedCommand, { kind: 'rerun' }>;

async function rerun(
  workflows: Workflows,
  run: string,
  { input: edits, ...asked }: Rerun,
): Promise<RunCommand> {
  if (edits === undefined || Object.keys(edits).length === 0) return asked;
  const { definition, state } = await workflows.view(run);

  return { ...asked, input: requestedEdit(definition, state.input, edits) };
}

/** A paused run is no dead letter to drop: end it, or go on with it. */
function refuseUnlessDropped(letters: readonly DeadLetter[], run: string): void {
  const letter = letters.find((each) => each.run === run);
  if (letter === undefined)
    throw new RequestRefused({ code: 'dead-letter.none', message: `run ${run} has no dead letter` });
  if (letter.status !== 'PAUSED') return;
  const message = `run ${run} waits for somebody because of ${letter.task}; skip that task, or cancel the run`;
  throw new RequestRefused({ code: 'dead-letter.paused', message });
}
