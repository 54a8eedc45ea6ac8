import { parseAddress } from './address.ts';
import type { Transitioned } from './arrival.ts';
import type { Chart } from './chart.ts';
import type { ChartEvent } from './chart-event.ts';
import type { RunState, TaskState } from './run-state.ts';
import { taskAt } from './task-at.ts';
import { isCompleted, isSettled } from './task-status.ts';
import { createWalk } from './walk.ts';

/**
 * Goes on undoing what the run did: the tasks that undo are carried out one after another, the last that was done
 * first. One that fails hinders none of those that follow.
 */
export function undo(chart: Chart, moved: Transitioned, event: ChartEvent): Transitioned {
  let { state } = moved;
  const changed = new Map(moved.changed);
  for (let next = state.undoing?.left[0]; next !== undefined; next = state.undoing?.left[0]) {
    const task = taskAt(state, next);
    if (task?.state === 'standby') {
      const begun = begin(chart, state, next, event);
      for (const [address, each] of begun.changed) changed.set(address, each);
      state = begun.state;
    } else if (task === undefined || isSettled(task)) {
      state = settle(state, next, outcomeOf(task));
    } else {
      return { state, changed };
    }
  }
  const undone = chart.root.take(
    { state: state.phase, context: { run: state } },
    { ...event, type: 'undone' },
  );

  const next = undone?.context.run ?? state;
  // What would have undone others is given up with the end of the run.
  for (const [id, task] of Object.entries(next.tasks)) if (task !== state.tasks[id]) changed.set(id, task);

  return { state: next, changed };
}

function begin(chart: Chart, state: RunState, text: string, event: ChartEvent): Transitioned {
  const walk = createWalk(chart, state, event);
  const address = parseAddress(text);
  if (address !== undefined && walk.offerAt(address, 'undo')) return walk.finish();

  return { state: settle(state, text, 'failed'), changed: new Map() };
}

/** One that was skipped, by its condition or by a person, had nothing to undo. */
function outcomeOf(task: TaskState | undefined): 'done' | 'failed' | 'skipped' {
  if (task?.state === 'skipped') return 'skipped';

  return task !== undefined && isCompleted(task) ? 'done' : 'failed';
}

function settle(run: RunState, address: string, outcome: 'done' | 'failed' | 'skipped'): RunState {
  const { left = [], done = [], failed = [] } = run.undoing ?? {};
  const undoing = {
    left: left.filter((each) => each !== address),
    done: outcome === 'done' ? [...done, address] : done,
    failed: outcome === 'failed' ? [...failed, address] : failed,
  };

  return { ...run, undoing };
}
