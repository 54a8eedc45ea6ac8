import { mapOpen } from './map-open.ts';
import type { RunState, TaskState } from './run-state.ts';
import { openTasks, taskAt } from './task-at.ts';

/**
 * A run that goes on from where another was then: what that one had under way begins here, so its time-outs count from
 * now. Runs that the other started belong to it: here they are started anew, as further attempts.
 */
export function forkedRun(
  run: RunState,
  time: string,
): { readonly run: RunState; readonly changed: readonly string[] } {
  const next = { ...run, tasks: mapOpen(run.tasks, (task) => taken(task, time)) };
  const changed = [...openTasks(run.tasks)].flatMap(([address, { state }]) =>
    taskAt(next, address)?.state === state ? [] : [address],
  );

  return { run: next, changed };
}

function taken(task: TaskState, time: string): TaskState {
  const retimed = timedFrom(task, time);
  switch (task.state) {
    case 'delegated': {
      const { child: _child, startedAt: _at, ...rest } = retimed;
      return { ...rest, state: 'scheduled', attempt: task.attempt + 1, spent: (task.spent ?? 0) + 1 };
    }
    case 'in_progress': {
      const { startedAt: _at, heartbeatAt: _beat, worker: _worker, progress: _progress, ...rest } = retimed;
      return { ...rest, state: 'scheduled' };
    }
    default:
      return retimed;
  }
}

/** Times that are written in the definition or were worked out before, such as the end of a WAIT, stay as they are. */
function timedFrom(task: TaskState, time: string): TaskState {
  if (task.scheduledAt === undefined || task.endedAt !== undefined) return task;
  const { alertedAt: _alerted, ...rest } = task;

  return {
    ...rest,
    scheduledAt: time,
    ...(task.firstScheduledAt === undefined ? {} : { firstScheduledAt: time }),
    ...(task.startedAt === undefined ? {} : { startedAt: time }),
  };
}
