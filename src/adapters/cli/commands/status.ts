import type { RunSummary, RunView } from '../../../ports/workflows.ts';
import { whyOf } from '../../../projections/run-why.ts';
import { shownStatus, shownStatusOfHead } from '../../../projections/shown-status.ts';
import { taskLines } from '../../../projections/task-lines.ts';
import { runDocument, summaryDocument } from '../documents.ts';
import type { ExitCode } from '../exit-codes.ts';
import { factLines, headline } from '../follow/frame.ts';
import { outputLines } from '../follow/report-run.ts';
import { type Invocation, quoted, withSession } from '../invocation.ts';
import { shortIds } from '../render/short-id.ts';
import { taskRows } from '../render/task-row.ts';
import { oneLine } from '../render/width.ts';
import { runTable } from './list.ts';
import { namedRun } from './named-run.ts';

const shownMax = 10;

/** `workflow status [run]`: how one run is, or how all are and which need someone. */
export async function status(invocation: Invocation, name: string | undefined): Promise<ExitCode> {
  const { output } = invocation;

  return withSession<ExitCode>(invocation, 'none', async ({ workflows }) => {
    if (name === undefined) {
      overview(invocation, await workflows.list());
    } else {
      const view = await workflows.view(await namedRun(invocation, workflows, name));
      output.document('Run', runDocument(view));
      output.data(statusText(invocation, view));
    }

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
  for (const { head } of runs) counts.set(head.status, (counts.get(head.status) ?? 0) + 1);
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
  for (const { head } of runs) {
    const shown = shownStatusOfHead(head);
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

  return needing.flatMap(({ run, head }) => {
    const id = ids.get(run) ?? run;
    if (head.status === 'PAUSED') return [`  ${hint('resume', id)}`];
    const asked = head.active.filter((task) => task.status === 'PENDING_APPROVAL');
    return asked.map(({ task }) => `  ${hint('approve', id, quoted(task))}`);
  });
}

/** Paused, or waiting for an approval. What failed is history unless someone wants it back. */
function needsSomeone({ head }: RunSummary): boolean {
  return head.status === 'PAUSED' || head.active.some((task) => task.status === 'PENDING_APPROVAL');
}
