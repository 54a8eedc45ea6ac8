import { localId } from '../../../machines/chart/task-at.ts';
import type { RunSummary } from '../../ports/runs/run-index.ts';
import type { RunView, Workflows } from '../../ports/runs/workflows.ts';
import { livingTasks, waitsForAgent } from '../../projections/run/movement.ts';
import { placesOf } from '../../projections/task/task-order.ts';
import { shortId } from '../../terminal/render/short-id.ts';
import type { CliSession } from '../app.ts';
import type { Invocation } from '../invocation.ts';
import { followRun } from './follow-run.ts';
import { verdict } from './frame.ts';

/** So many of those that began first are looked at: whoever starts a run does not wait for a thousand others. */
const looksMax = 50;
/** They may be long runs: whoever followed another one waits no longer for them. */
const patienceMs = 10_000;

/**
 * Has this process work on the runs that nobody works on and whose agents have come since they were left, so that these
 * have not come for nothing. Resolves with their ids. Never rejects: they are not what was asked for.
 */
export async function takeUpAttended(workflows: Workflows, besides: string): Promise<readonly string[]> {
  const taken: string[] = [];
  const lines = await workflows.runs.unfinishedRuns().catch(() => []);
  const found = lines
    .filter((line) => mayWaitForAgent(line) && line.run !== besides && line.head.parent !== besides)
    .sort((one, other) => (one.head.startedAt < other.head.startedAt ? -1 : 1));
  for (const { run } of found.slice(0, looksMax)) {
    try {
      const view = await workflows.view(run);
      if (isAttended(view) && (await workflows.adopt(run)) === 'adopted') taken.push(run);
    } catch {
      // It waits on, as it did, and keeps no other.
    }
  }

  return taken;
}

function mayWaitForAgent({ head, damage }: RunSummary): boolean {
  if (damage !== undefined || head.status !== 'RUNNING') return false;

  return head.agents !== undefined || head.skills !== undefined;
}

/** Some task of it waits for an agent that is there. */
function isAttended({ state, definition, unattended }: RunView): boolean {
  if (unattended === undefined) return false;
  const places = placesOf(definition);
  const stranded = new Set(unattended);

  return [...livingTasks(state)].some(
    ([address, { state: at }]) =>
      waitsForAgent(at, places.get(localId(address))?.task) && !stranded.has(address),
  );
}

/** Says how the runs that were taken up go on, for as long as somebody may be kept waiting for that. */
export async function seeOff(
  { io, output, hint }: Invocation,
  { workflows }: CliSession,
  runs: readonly string[],
): Promise<void> {
  const quietly = { workflows, io, output: { ...output, quiet: true }, timeoutMs: patienceMs, from: 1 };
  const ends = runs.map(async (run) => {
    const { kind, view } = await followRun({ ...quietly, run });
    const how = view === undefined ? run : verdict(view, output.notePaint, io.clock.now());
    output.note(`taken up, since its agent is there: ${how}`);
    if (kind !== 'ended') output.note(`  ${hint('resume', shortId(run))}`);
  });
  await Promise.all(ends);
}
