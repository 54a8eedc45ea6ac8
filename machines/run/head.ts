import type { Head } from '../../events/record.ts';
import { isFinal, isSettled, statusOf } from '../compile/run-state.ts';
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
  const dueAt = isFinal(state.status) ? undefined : nextTimer(timersOf(run))?.dueAt;

  return {
    definition: state.definition,
    status: state.status,
    startedAt: state.startedAt,
    ...(state.endedAt === undefined ? {} : { endedAt: state.endedAt }),
    settled,
    tasks,
    active,
    ...(dueAt === undefined ? {} : { dueAt }),
    ...(state.error === undefined ? {} : { error: state.error.code }),
  };
}
