import type { ReplayReport } from '../../../ports/runs/workflows.ts';
import { runDocument } from '../../../projections/run/run-document.ts';
import { taskLines } from '../../../projections/task/task-order.ts';
import { parseWhere } from '../../../projections/where.ts';
import { shortId } from '../../../terminal/render/short-id.ts';
import { taskRows } from '../../../terminal/render/task-row.ts';
import { oneLine } from '../../../terminal/render/width.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, withSession } from '../../invocation.ts';
import { eventNumber } from '../triggers/event-number.ts';
import { namedRun } from './named-run.ts';

export type ReplayFlags = {
  readonly all?: boolean;
  readonly where?: readonly string[];
  readonly until?: string;
  readonly against?: string;
  readonly fromExport?: string;
};

/** `workflow replay <run>`: folds a run again from its journal and compares every transition, head and hash. */
export async function replay(
  invocation: Invocation,
  name: string | undefined,
  flags: ReplayFlags,
): Promise<ExitCode> {
  refuseMixed(invocation, name, flags);
  if (flags.fromExport !== undefined) {
    const { replayExport } = await import('./replay-export.ts');
    return replayExport(invocation, flags.fromExport, flags);
  }
  if (flags.against !== undefined) {
    const { replayAgainst } = await import('./replay-against.ts');
    return replayAgainst(invocation, name, { ...flags, against: flags.against });
  }

  return replayExactly(invocation, name, flags);
}

function refuseMixed(
  { hint }: Invocation,
  name: string | undefined,
  { all, where, fromExport, until, against }: ReplayFlags,
): void {
  const named = [name, all === true ? true : undefined, where, fromExport].filter(
    (each) => each !== undefined,
  );
  if (named.length !== 1) {
    const message = 'name the run to replay, or give one of --all, --where and --from-export';
    throw new CliFailure('usage.run', message, hint('list'));
  }
  if (until === undefined) return;
  if (name === undefined && fromExport === undefined)
    throw new CliFailure('usage.flags', '--until goes with one run');
  if (against !== undefined) throw new CliFailure('usage.flags', '--until and --against do not go together');
}

async function replayExactly(
  invocation: Invocation,
  name: string | undefined,
  { until: text, where }: ReplayFlags,
): Promise<ExitCode> {
  const { output } = invocation;
  const until = text === undefined ? undefined : eventNumber(text, '--until');
  const matches = where === undefined ? undefined : parseWhere(where);

  return withSession<ExitCode>(invocation, 'none', async ({ workflows }) => {
    const runs =
      name === undefined
        ? (await workflows.list()).filter((line) => matches?.(line) ?? true).map(({ run }) => run)
        : [await namedRun(invocation, workflows, name)];
    const reports: ReplayReport[] = [];
    for (const run of runs) {
      const report = await workflows.replay(run, until);
      reports.push(report);
      for (const line of [...reportLines(report, output), ...viewLines(invocation, report)])
        output.data(line);
    }
    const differing = reports.filter(({ differences }) => differences.length > 0).length;
    output.document('ReplayReport', { total: reports.length, differing, items: reports.map(documentOf) });
    if (name === undefined) output.note(`${reports.length} runs replayed, ${differing} differ`);

    return differing === 0 ? 0 : 7;
  });
}

function documentOf({ view, ...report }: ReplayReport) {
  return view === undefined
    ? report
    : { ...report, state: runDocument(view, { nowMs: Date.parse(view.updatedAt) }) };
}

function reportLines(report: ReplayReport, { paint }: Invocation['output']): readonly string[] {
  const { definition, differences, events, run, stateHash } = report;
  const about = `${shortId(run)}  ${definition.id} v${definition.version}  ${events} events`;
  if (differences.length === 0) {
    return [`${paint.glyph('COMPLETED')} ${about}  exact  ${paint.dim(`state ${stateHash.slice(0, 16)}`)}`];
  }

  return [
    `${paint.glyph('FAILED')} ${about}  ${paint.look('failed', 'differs')}`,
    ...differences.map(
      ({ sequence, code, message }) =>
        `  at event ${sequence}: ${oneLine(message)} ${paint.dim(`[${code}]`)}`,
    ),
  ];
}

/** How the run was after the event up to which it was folded. */
function viewLines({ output }: Invocation, { view }: ReplayReport): readonly string[] {
  if (view === undefined) return [];
  const rows = taskRows(taskLines(view, Date.parse(view.updatedAt)), output.paint, output.columns());

  return [`  ${view.state.status} after event ${view.sequence}`, ...rows.map((row) => `  ${row}`)];
}
