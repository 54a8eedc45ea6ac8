import { taskAt } from '../../../machines/chart/task-at.ts';
import { damageText } from '../../../machines/run/record/damage-text.ts';
import { RunQuarantined } from '../../ports/runs/damage.ts';
import type { Journal } from '../../ports/runs/journal.ts';
import type { Snapshots } from '../../ports/runs/snapshots.ts';
import { RunNotFound, type RunView, type Wait } from '../../ports/runs/workflows.ts';
import type { Charts } from './charts.ts';
import { loadRun } from './load-run.ts';
import { readOrQuarantine } from './quarantine.ts';

type Sources = {
  readonly journal: Journal;
  readonly charts: Charts;
  readonly snapshots?: Snapshots | undefined;
};

/** How many runs are looked at: a thousand items that wait for the same thing are told by the first of them. */
const childrenMax = 10;

/** A run that waits for one that is quarantined waits for a person, and says so. */
export async function withQuarantinedChildren(sources: Sources, view: RunView): Promise<RunView> {
  let left = childrenMax;
  const waitsFor: Wait[] = [];
  for (const wait of view.waitsFor) {
    const child = childOf(view, wait);
    if (child === undefined || left === 0) {
      waitsFor.push(wait);
    } else {
      left -= 1;
      const reason = await quarantineReason(sources, child);
      waitsFor.push(reason === undefined ? wait : { ...wait, reason, fix: 'workflow doctor --repair' });
    }
  }

  return { ...view, waitsFor };
}

function childOf({ state }: RunView, { task }: Wait): string | undefined {
  if (task === undefined) return undefined;
  const at = taskAt(state, task);
  if (at?.state === 'delegated') return at.child?.run;

  return state.orphans?.find((orphan) => orphan.task === task)?.run;
}

async function quarantineReason(sources: Sources, child: string): Promise<string | undefined> {
  const { journal, charts } = sources;
  try {
    await readOrQuarantine(sources, child, (from) => loadRun(journal, charts, child, { snapshots: from }));
  } catch (error) {
    if (error instanceof RunQuarantined) {
      return `it waits for the run ${child}, which is quarantined: ${damageText(error.damage)}`;
    }
    // Not started yet.
    if (!(error instanceof RunNotFound)) throw error;
  }

  return undefined;
}
