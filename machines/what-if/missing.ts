import { localId } from '../compile/address.ts';
import type { TaskState } from '../compile/run-state.ts';
import { openTasks } from '../compile/task-at.ts';
import { isFinal } from '../compile/task-status.ts';
import { undoingTasks } from '../run/part-of-run.ts';
import type { Run } from '../run/run.ts';
import { workOn } from './command-of.ts';

/** What a run waits for from outside and was never recorded. */
export type Missing = { readonly task: string; readonly what: string };

/**
 * The first thing that the run waits for from outside. `open` are the states of the tasks at the end of a run that goes
 * on: what it waits for as well may still come.
 */
export function missing(run: Run, open: ReadonlyMap<string, string>): Missing | undefined {
  const { status, phase, tasks } = run.state;
  if (isFinal(status) || status === 'PAUSED') return undefined;
  for (const [task, state] of phase === 'compensating' ? undoingTasks(run) : openTasks(tasks)) {
    const what = open.get(task) === state.state ? undefined : awaited(run, task, state);
    if (what !== undefined) return { task, what };
  }

  return undefined;
}

function awaited(run: Run, address: string, { state, attempt }: TaskState): string | undefined {
  if (state === 'pending_approval') return `an answer to ${address}`;
  const task = run.chart.plan.get(localId(address))?.task;
  if (state === 'awaiting' && task?.type === 'WAIT') {
    if (task.signal !== undefined) return `the signal ${task.signal} for ${address}`;
    return task.until === undefined && task.durationMs === undefined ? `the end of ${address}` : undefined;
  }
  switch (workOn(run, address)?.kind) {
    case 'execute':
      return `${attempt > 1 ? `the outcome of attempt ${attempt}` : 'an outcome'} of ${address}`;
    case 'delegate':
    case 'follow':
      return `the end of a run for ${address}`;
    default:
      return undefined;
  }
}
