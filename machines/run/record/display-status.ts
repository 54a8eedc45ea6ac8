import type { Head } from '../../../events/record.ts';
import type { RunState, TaskState } from '../../chart/run/run-state.ts';
import { isSettled } from '../../chart/task-status.ts';
import { openItemsOf } from '../../chart/tasks/body.ts';

/** How a person reads the status of a run; undefined where that is the status itself. */
export function shownOf({
  status,
  ending,
  tasks,
}: Pick<RunState, 'status' | 'ending' | 'tasks'>): Head['shown'] {
  // What a person cancels undoes what it did; what is terminated does not.
  if (status === 'TERMINATED') return ending?.compensate === true ? 'CANCELLED' : undefined;
  if (status !== 'RUNNING') return undefined;

  return whatMoves(tasks) === 'approvals' ? 'NEEDS_APPROVAL' : undefined;
}

/** Open states that nothing ends but what happens to other tasks. */
const still: ReadonlySet<string> = new Set(['waiting', 'recovering', 'exhausted']);

type Moves = 'approvals' | 'more' | 'nothing';

/** What can change tasks next. Every event of every run asks: the first task that moves by itself ends the search. */
function whatMoves(tasks: RunState['tasks']): Moves {
  let moves: Moves = 'nothing';
  for (const id in tasks) {
    const task = tasks[id];
    const its = task === undefined ? 'nothing' : whatMovesOne(task);
    if (its === 'more') return its;
    if (its === 'approvals') moves = its;
  }

  return moves;
}

function whatMovesOne(task: TaskState): Moves {
  const { state, body } = task;
  if (isSettled(task) || still.has(state)) return 'nothing';
  if (state === 'pending_approval') return 'approvals';
  if (state !== 'open' || body === undefined) return 'more';
  let moves: Moves = 'nothing';
  for (const [, { tasks = {} }] of openItemsOf(body)) {
    const its = whatMoves(tasks);
    if (its === 'more') return its;
    if (its === 'approvals') moves = its;
  }

  return moves;
}
