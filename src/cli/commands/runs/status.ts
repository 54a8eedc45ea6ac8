import { isNewer } from '../../../../machines/run/record/damage-text.ts';
import { compareRuns } from '../../../../machines/run/record/run-filter.ts';
import { runLinesOf, statusCounts, sumOf } from '../../../operations/runs/run-lines.ts';
import type { CurrentRuns, RunSummary } from '../../../ports/runs/run-index.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, quoted, withRuns } from '../../invocation.ts';
import { runTable } from './list.ts';

const shownMax = 10;

/** `workflow status [run]`: how one run is, or how all are and which need someone. */
export async function status(invocation: Invocation, name: string | undefined): Promise<ExitCode> {
  if (name === undefined) await withRuns(invocation, (runs) => overview(invocation, runs));
  else await (await import('./show.ts')).showStatus(invocation, name);

  return 0;
}

async function overview(invocation: Invocation, runs: CurrentRuns): Promise<void> {
  const { output, hint } = invocation;
  const all = await runs.counts();
  const total = sumOf(all);
  const counts = statusCounts(all);
  const needing = await needingSomeone(runs);
  const { lineOf, shortId } = runLinesOf(await runs.known());
  output.document('Status', { total, counts, needSomeone: needing.map(lineOf) });
  if (total === 0) {
    output.note(`no runs yet; start one with ${hint('start', '<definition>')}`);
    return;
  }
  const { paint } = output;
  output.data(
    Object.entries(counts)
      .map(([each, count]) => `${paint.status(each)} ${count}`)
      .join('   '),
  );
  if (needing.length === 0) return;
  output.data(`\n${output.paint.bold('needs someone')}`);
  output.data(runTable(invocation, needing.slice(0, shownMax), shortId));
  for (const line of whatHelps(invocation, needing.slice(0, shownMax), shortId)) output.note(line);
  if (needing.length > shownMax) output.note(`and ${needing.length - shownMax} more: ${hint('list')}`);
}

/** The command that moves each run on. */
function whatHelps(
  { hint }: Invocation,
  needing: readonly RunSummary[],
  shortId: (run: string) => string,
): readonly string[] {
  return needing.flatMap(({ run, head, damage }) => {
    if (damage !== undefined) return isNewer(damage) ? [] : [`  ${hint('doctor', '--repair')}`];
    const id = shortId(run);
    if (head.status === 'PAUSED') return [`  ${hint('resume', id)}`];
    const asked = head.active.filter((task) => task.status === 'PENDING_APPROVAL');
    return asked.map(({ task }) => `  ${hint('approve', id, quoted(task))}`);
  });
}

/** Those under way, and ended ones that are set aside. */
async function needingSomeone(runs: CurrentRuns): Promise<readonly RunSummary[]> {
  const found = [...(await runs.unfinishedRuns())];
  for await (const line of runs.each({ isEnded: true, shown: ['QUARANTINED'] }, 'updated')) found.push(line);

  return found.filter(needsSomeone).sort((one, other) => compareRuns('updated', one, other));
}

/** Runs that need a person: quarantined, paused, or waiting for an approval. Failed runs are history. */
function needsSomeone({ head, damage }: RunSummary): boolean {
  if (damage !== undefined) return !isNewer(damage);

  return head.status === 'PAUSED' || head.active.some((task) => task.status === 'PENDING_APPROVAL');
}
