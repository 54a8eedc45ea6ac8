import { runLinesOf, statusCounts, sumOf } from '../../../operations/runs/run-lines.ts';
import type { CurrentRuns, RunSummary } from '../../../ports/runs/run-index.ts';
import { openNeeds, type WaitingRun, waitCounts, waitingByNeed } from '../../../projections/run/run-wait.ts';
import type { OpenRuns } from '../../app.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, withRuns } from '../../invocation.ts';
import { runTable } from './list.ts';

const shownMax = 10;

/** `workflow status [run]`: how one run is, or how all are and which need someone. */
export async function status(invocation: Invocation, name: string | undefined): Promise<ExitCode> {
  if (name === undefined) await withRuns(invocation, (opened) => overview(invocation, opened));
  else await (await import('./show.ts')).showStatus(invocation, name);

  return 0;
}

async function overview(invocation: Invocation, { runs, surroundings }: OpenRuns): Promise<void> {
  const { output, hint, io } = invocation;
  const all = await runs.counts();
  const total = sumOf(all);
  const lines = runLinesOf(await runs.known());
  const open = await notEnded(runs);
  lines.look(await surroundings(open), io.clock.now);
  const waiting = waitingByNeed(open, lines.waitOf);
  const needing = openNeeds(waiting);
  const counts = statusCounts(all);
  const waits = waitCounts(waiting);
  output.document('Status', {
    ...{ total, counts, waits },
    needSomeone: needing.map(({ line, alike }) => ({ ...lines.lineOf(line), alike })),
  });
  if (total === 0) {
    output.note(`no runs yet; start one with ${hint('start', '<definition>')}`);
    return;
  }
  output.data(countText(invocation, apart(counts, waits)));
  if (needing.length === 0) return;
  const first = needing.slice(0, shownMax);
  output.data(`\n${output.paint.bold('needs someone')}`);
  output.data(
    runTable(
      invocation,
      first.map(({ line }) => line),
      { ...lines, alike: new Map(first.map(({ line, alike }) => [line.run, alike])) },
    ),
  );
  for (const line of whatHelps(invocation, first, lines.shortId)) output.note(line);
  const left = needing.slice(shownMax).reduce((sum, { alike }) => sum + alike, 0);
  if (left > 0) output.note(`and ${left} more runs: ${hint('list')}`);
}

/** Those that wait are not counted as running. */
function apart(
  counts: Readonly<Record<string, number>>,
  waits: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const { RUNNING = 0, ...others } = counts;
  const moving = RUNNING - Object.values(waits).reduce((sum, one) => sum + one, 0);

  return { ...(moving > 0 ? { RUNNING: moving } : {}), ...waits, ...others };
}

function countText({ output: { paint } }: Invocation, counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([each, count]) => `${paint.status(each)} ${count}`)
    .join('   ');
}

/** The command that moves each run on; what helps several is said once. */
function whatHelps(
  { hint }: Invocation,
  needing: readonly WaitingRun[],
  shortId: (run: string) => string,
): readonly string[] {
  const lines = needing.flatMap(({ line: { run }, wait: { fix } }) => {
    if (fix === undefined) return [];
    // What follows `--` is another command: no option of ours stands behind it.
    const [words = '', ...others] = fix.replace(run, shortId(run)).split(' -- ');
    return [[`  ${hint(...words.split(' ').slice(1))}`, ...others].join(' -- ')];
  });

  return [...new Set(lines)];
}

/** Those under way, and ended ones that are set aside. */
async function notEnded(runs: CurrentRuns): Promise<readonly RunSummary[]> {
  const found = [...(await runs.unfinishedRuns())];
  for await (const line of runs.each({ isEnded: true, shown: ['QUARANTINED'] }, 'updated')) found.push(line);

  return found;
}
