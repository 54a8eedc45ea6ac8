import { isCompleted } from '../../../machines/chart/task-status.ts';
import type { RunTask } from '../../api/run.ts';
import type { RunView } from '../../ports/runs/workflows.ts';
import { passCounts } from '../run/passes.ts';
import { shownTasks, taskLines } from './task-order.ts';

/** What the view itself does not tell of tasks. */
export type TaskContext = {
  /** What running tasks are measured against. */
  readonly nowMs: number;
  /** The first line of each task in the definition's text, from 1, by task id; absent where that is not at hand. */
  readonly lines?: ReadonlyMap<string, number> | undefined;
};

/**
 * The tasks of a run in the order of the definition. `id` is the address of the task; those inside of a FORK over a
 * list or of a loop stand behind it, of some passes only: `passes` counts all.
 */
export function taskDocuments(view: RunView, { nowMs, lines }: TaskContext): RunTask[] {
  const shown = new Map(taskLines(view, nowMs).map((line) => [line.id, line]));

  return shownTasks(view).flatMap(({ address, task, state }) => {
    const line = shown.get(address);
    if (line === undefined) return [];
    const { body: _body, earlier: _earlier, ...rest } = state;

    return [
      {
        ...line,
        ...rest,
        completed: isCompleted(state),
        line: lines?.get(task.id),
        passes: passCounts(state),
      },
    ];
  });
}
