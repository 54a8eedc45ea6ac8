import type { TaskStatus } from '../../../machines/chart/run/run-state.ts';
import { isSettled, statusOf } from '../../../machines/chart/task-status.ts';
import type { RunView } from '../../ports/runs/workflows.ts';
import { attemptsMaxOf, noteOfTask, type TaskGlance } from './state-note.ts';
import { placesOf, shownTasks, type TaskAt } from './task-order.ts';

/**
 * One task as a line of a progress display shows it. `id` is its address, `depth` how deep it stands inside of others,
 * `elapsedMs` is absent before the task has started.
 */
export type TaskLine = {
  readonly id: string;
  readonly depth: number;
  readonly type: string;
  readonly status: TaskStatus;
  readonly attempt: number;
  readonly attemptsMax: number;
  readonly elapsedMs?: number;
  readonly note: string;
};

/**
 * The tasks of a run in the order of the definition; of what a FORK or a loop works on, some passes that are under way
 * or failed. `nowMs` is what running tasks are measured against.
 */
export function taskLines(view: RunView, nowMs: number): readonly TaskLine[] {
  const waits = new Map(view.waitsFor.map(({ task, reason }) => [task, reason]));
  const undone = undoneBy(view);

  return shownTasks(view).map((at) =>
    lineOf(at, {
      task: at.task,
      state: at.state,
      status: statusOf(at.state.state),
      nowMs,
      waitsFor: waits.get(at.address) ?? '',
      undoes: undone.get(at.task.id) ?? [],
    }),
  );
}

/** How far a run is: tasks that will not change any more, of all. */
export function progressOf(view: RunView): { readonly settled: number; readonly tasks: number } {
  const tasks = Object.values(view.state.tasks);

  return { settled: tasks.filter(isSettled).length, tasks: tasks.length };
}

/** The tasks that each task undoes. */
function undoneBy({ definition }: RunView): ReadonlyMap<string, readonly string[]> {
  const undone = new Map<string, string[]>();
  for (const [id, { task }] of placesOf(definition)) {
    if (task.compensate !== undefined)
      undone.set(task.compensate, [...(undone.get(task.compensate) ?? []), id]);
  }

  return undone;
}

function lineOf({ address, depth, task, state }: TaskAt, look: TaskGlance): TaskLine {
  const { status, nowMs } = look;
  const waits = status === 'PENDING_APPROVAL' || status === 'WAITING';
  const from = state.startedAt ?? (waits ? state.scheduledAt : undefined);
  const to = state.endedAt === undefined ? nowMs : Date.parse(state.endedAt);

  return {
    id: address,
    depth,
    type: task.type,
    status,
    attempt: state.attempt,
    attemptsMax: attemptsMaxOf(look),
    ...(from === undefined ? {} : { elapsedMs: Math.max(0, to - Date.parse(from)) }),
    note: noteOfTask(look),
  };
}
