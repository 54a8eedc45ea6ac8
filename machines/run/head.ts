import type { Head } from '../../events/record.ts';
import { isSettled, statusOf } from '../compile/run-state.ts';
import type { Run } from './run.ts';
import { nextTimer, timersOf } from './timers.ts';

/** The most tasks a head names: the rest is one look at the run away. */
const activeMax = 10;

/** What a list of runs shows of this one. */
export function headOf(run: Run): Head {
  const state = run.state;
  const active: { task: string; status: string }[] = [];
  let settled = 0;
  let tasks = 0;
  for (const id in state.tasks) {
    const task = state.tasks[id];
    if (task === undefined) continue;
    tasks += 1;
    if (isSettled(task)) settled += 1;
    else if (task.state !== 'waiting' && active.length < activeMax)
      active.push({ task: id, status: statusOf(task.state) });
  }

  // What is absent stays undefined: canonical JSON leaves it out, and one shape of object is quicker than many.
  return {
    active,
    definition: state.definition,
    dueAt: nextTimer(timersOf(run))?.dueAt,
    endedAt: state.endedAt,
    error: state.error?.code,
    settled,
    startedAt: state.startedAt,
    status: state.status,
    tasks,
  };
}
