import { taskAt } from '../../../machines/chart/task-at.ts';
import { damageText, leftAlone } from '../../../machines/run/record/damage-text.ts';
import { RunQuarantined } from '../../ports/runs/journal.ts';
import { RunNotFound, type RunView, type Wait } from '../../ports/runs/workflows.ts';
import type { RunReader } from './run-reader.ts';

type Reader = Pick<RunReader, 'fold'>;

/** How many child runs are checked: of a thousand items that wait for the same thing, the first say it. */
const childrenMax = 10;

/** A run that waits for a quarantined run waits for a person, and says so. */
export async function withQuarantinedChildren(reader: Reader, view: RunView): Promise<RunView> {
  let left = childrenMax;
  const waitsFor: Wait[] = [];
  for (const wait of view.waitsFor) {
    const child = childOf(view, wait);
    if (child === undefined || left === 0) {
      waitsFor.push(wait);
    } else {
      left -= 1;
      const reason = await quarantineReason(reader, child);
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

async function quarantineReason(reader: Reader, child: string): Promise<string | undefined> {
  try {
    await reader.fold(child);
  } catch (error) {
    if (error instanceof RunQuarantined) {
      return `it waits for the run ${child}, which ${leftAlone(error.damage)}: ${damageText(error.damage)}`;
    }
    // Not started yet.
    if (!(error instanceof RunNotFound)) throw error;
  }

  return undefined;
}
