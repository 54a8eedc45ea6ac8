import type { ChartEvent } from '../chart-event.ts';
import { withOrphans } from '../patches.ts';
import type { RunState, TaskState } from '../run/run-state.ts';
import type { ChartScope, Way } from '../scope.ts';
import { allSettled } from '../task-status.ts';

/** The next state of a run, and the tasks that changed as they are now, in the order in which they did. */
export type Transitioned = { readonly state: RunState; readonly changed: ReadonlyMap<string, TaskState> };

/** What became of the run, once the root of the chart has heard what happened in the regions. */
export function arrived({ way, tasks }: ChartScope): Transitioned {
  const { changed } = way;
  const state = afterRoot(way, withOrphans(noted(way, { ...way.before, tasks }), way.orphans));
  if (state.tasks !== tasks) {
    for (const [id, task] of Object.entries(state.tasks)) if (task !== tasks[id]) changed.set(id, task);
  }

  return { state, changed };
}

function afterRoot(way: Way, run: RunState): RunState {
  const { end, exhausted } = way;
  if (end !== undefined) return told(way, run, end);
  const next = exhausted === undefined ? run : told(way, run, { type: 'exhausted', blamed: exhausted });

  return allSettled(next) ? told(way, next, { type: 'all.settled' }) : next;
}

/** What the event says of the run as a whole. */
function noted({ event, undoable }: Way, run: RunState): RunState {
  return withUndoable(withFact(run, event.fact), undoable);
}

/** The run with what a fact about one of its tasks says of the run as a whole. */
export function withFact(run: RunState, fact: ChartEvent['fact']): RunState {
  switch (fact.type) {
    case 'variables.set':
      return { ...run, variables: { ...run.variables, ...fact.data.values } };
    case 'signal.taken':
      return { ...run, signals: without(run.signals, fact.data.position) };
    default:
      return run;
  }
}

/** The run with these tasks as the latest that can be undone. */
export function withUndoable(run: RunState, undoable: readonly string[]): RunState {
  if (undoable.length === 0) return run;
  const earlier = (run.undoable ?? []).filter((each) => !undoable.includes(each));

  return { ...run, undoable: [...earlier, ...undoable] };
}

function told(
  { chart, event }: Way,
  run: RunState,
  word: Pick<ChartEvent, 'type'> & { readonly blamed?: string },
): RunState {
  return chart.root.take({ state: run.phase, context: { run } }, { ...event, ...word })?.context.run ?? run;
}

function without<T>(list: readonly T[] = [], position: number): readonly T[] {
  return list.filter((_each, index) => index !== position);
}
