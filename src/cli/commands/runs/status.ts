import type { RunSummary, RunView } from '../../../ports/runs/workflows.ts';
import { summaryDocument } from '../../../projections/run/run-document.ts';
import { whyOf } from '../../../projections/run/run-why.ts';
import { shownStatus, shownStatusOfLine, statusOfLine } from '../../../projections/run/shown-status.ts';
import { taskLines } from '../../../projections/task/task-lines.ts';
import { shortIds } from '../../../terminal/render/short-id.ts';
import { taskRows } from '../../../terminal/render/task-row.ts';
import { oneLine } from '../../../terminal/render/width.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { factLines, headline } from '../../follow/frame.ts';
import { outputLines } from '../../follow/report-run.ts';
import { type Invocation, quoted, withSession } from '../../invocation.ts';
import { showInspected } from './inspected-run.ts';
import { runTable } from './list.ts';

const shownMax = 10;

/** `workflow status [run]`: how one run is, or how all are and which need someone. */
export async function status(invocation: Invocation, name: string | undefined): Promise<ExitCode> {
  return withSession<ExitCode>(invocation, 'none', async (session) => {
    if (name === undefined) overview(invocation, await session.workflows.list());
    else await showInspected(invocation, session, { name, textOf: (view) => statusText(invocation, view) });

    return 0;
  });
}

/** Why first, then the run, then its tasks. */
function statusText({ output, io }: Invocation, view: RunView): string {
  const { paint } = output;
  const now = io.clock.now();
  const [first, ...rest] = whyOf(view);

  return [
    ...(first === undefined ? [] : [`${paint.glyph(shownStatus(view))} ${paint.bold(oneLine(first))}`]),
    ...rest.map((line) => `  ${oneLine(line)}`),
    headline(view, paint, now),
    ...factLines(view).map((line) => `  ${line}`),
    ...taskRows(taskLines(view, now), paint, output.columns()).map((row) => `  ${row}`),
    ...(view.state.status === 'COMPLETED' ? outputLines(view) : []),
  ].join('\n');
}

function overview(invocation: Invocation, runs: readonly RunSummary[]): void {
  const { output, hint } = invocation;
  const counts = new Map<string, number>();
  for (const line of runs) {
    const each = statusOfLine(line);
    counts.set(each, (counts.get(each) ?? 0) + 1);
  }
  const needing = runs.filter(needsSomeone);
  output.document('Status', {
    total: runs.length,
    counts: Object.fromEntries(counts),
    needSomeone: needing.map(summaryDocument),
  });
  if (runs.length === 0) {
    output.note(`no runs yet; start one with ${hint('start', '<definition>')}`);
    return;
  }
  output.data(countsText(runs, output));
  if (needing.length === 0) return;
  output.data(`\n${output.paint.bold('needs someone')}`);
  output.data(runTable(invocation, needing.slice(0, shownMax), runs));
  for (const line of whatHelps(invocation, needing.slice(0, shownMax), runs)) output.note(line);
  if (needing.length > shownMax) output.note(`and ${needing.length - shownMax} more: ${hint('list')}`);
}

function countsText(runs: readonly RunSummary[], { paint }: Invocation['output']): string {
  const counts = new Map<string, number>();
  for (const line of runs) {
    const shown = shownStatusOfLine(line);
    counts.set(shown, (counts.get(shown) ?? 0) + 1);
  }

  return [...counts].map(([each, count]) => `${paint.status(each)} ${count}`).join('   ');
}

/** The command that moves each run on. */
function whatHelps(
  { hint }: Invocation,
  needing: readonly RunSummary[],
  runs: readonly RunSummary[],
): readonly string[] {
  const ids = shortIds(runs.map(({ run }) => run));

  return needing.flatMap(({ run, head, damage }) => {
    if (damage !== undefined) return [`  ${hint('doctor', '--repair')}`];
    const id = ids.get(run) ?? run;
    if (head.status === 'PAUSED') return [`  ${hint('resume', id)}`];
    const asked = head.active.filter((task) => task.status === 'PENDING_APPROVAL');
    return asked.map(({ task }) => `  ${hint('approve', id, quoted(task))}`);
  });
}

/** Quarantined, paused, or waiting for an approval. What failed is history unless someone wants it back. */
function needsSomeone({ head, damage }: RunSummary): boolean {
  if (damage !== undefined) return true;

  return head.status === 'PAUSED' || head.active.some((task) => task.status === 'PENDING_APPROVAL');
}
