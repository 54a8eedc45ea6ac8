import { isCompleted, statusOf } from '../../../machines/chart/task-status.ts';
import type { RunView } from '../../ports/runs/workflows.ts';
import { passCounts } from '../run/passes.ts';
import { attemptsMaxOf } from './state-note.ts';
import { shownTasks, type TaskAt } from './task-order.ts';

type Document = Readonly<Record<string, unknown>>;

/**
 * The tasks of a run as `--json` shows them, in the order of the definition. `id` is the address of the task; those
 * inside of a FORK over a list or of a loop stand behind it, of some passes only: `passes` counts all.
 */
export function taskDocuments(view: RunView): readonly Document[] {
  return shownTasks(view).map(taskDocument);
}

function taskDocument({ address, task, state }: TaskAt): Document {
  const { state: at, body: _body, ...rest } = state;
  const passes = passCounts(state);

  return {
    id: address,
    type: task.type,
    status: statusOf(at),
    state: at,
    completed: isCompleted(state),
    attemptsMax: attemptsMaxOf({ task, state }),
    ...rest,
    ...(passes === undefined ? {} : { passes }),
  };
}
