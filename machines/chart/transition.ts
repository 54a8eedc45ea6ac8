import { assignmentsIn } from '../../events/catalogue.ts';
import { TaskAssigned } from '../../events/task-events.ts';
import type { Chart } from './chart.ts';
import { type ChartEvent, descriptorOf } from './chart-event.ts';
import { type Cut, continueFrom, cutOf, takesChange } from './continuation.ts';
import { createWalk, type Walk } from './dispatch.ts';
import { answerRefused } from './run/root-patches.ts';
import { isToUndo, outcomeOf, settleUndoing } from './run/run-exit.ts';
import type { RunState, TaskState } from './run/run-state.ts';
import { type Address, openTasks, parseAddress, taskAt } from './task-at.ts';
import { isFinal, isSettled } from './task-status.ts';
import type { Transitioned } from './tasks/arrival.ts';

/**
 * Takes one event through the chart; undefined when no state takes it. The chart is a parallel state of one region per
 * task beside the root, and this is what SCXML says of it: the event goes to the region it is about; what regions
 * announce goes, in order and within the same event, to those that await it; the root ends them all. Regions are
 * separate machines, so that a transition costs the same in a run of five tasks and of five thousand
 * (docs/decisions/0004).
 */
export function transition(chart: Chart, before: RunState, event: ChartEvent): Transitioned | undefined {
  // No region is about an ignored answer, which may come when no approval is left.
  if (event.fact.type === 'approval.refused') return noted(before, event);
  // Nor about what an attempt printed, which is over.
  if (event.fact.type === 'task.logged' && before.phase !== 'created')
    return { state: before, changed: new Map() };
  const next = taken(chart, before, event);
  if (next?.state.phase !== 'compensating') return next;

  return undo(chart, next, event);
}

function taken(chart: Chart, before: RunState, event: ChartEvent): Transitioned | undefined {
  const { fact } = event;
  // A child run that outlived its task has no region any more.
  if (fact.type === 'child.ended' && isOrphan(before, fact.data.run)) {
    return atRoot(chart, before, { ...event, type: 'orphan.ended' });
  }
  // The run goes back to a task before, as it does with a rerun.
  if (fact.type === 'approval.change-requested') {
    const cut = takesChange(chart, before, fact.data.task) ? cutOf(fact) : undefined;
    return cut === undefined ? undefined : continued(chart, before, { event, cut });
  }
  if (fact.type === 'tasks.assigned') return assignedTogether(chart, before, event);
  const task = 'task' in fact.data ? fact.data.task : undefined;
  if (task === undefined) return ofRun(chart, before, event);
  const address = parseAddress(task);
  if (address === undefined || !takesTasks(before)) return undefined;

  return ofTask(chart, before, event, address);
}

function noted(before: RunState, event: ChartEvent): Transitioned | undefined {
  if (before.phase === 'created') return undefined;

  return { state: { ...before, ...answerRefused(before, event) }, changed: new Map() };
}

function ofTask(
  chart: Chart,
  before: RunState,
  event: ChartEvent,
  address: Address,
): Transitioned | undefined {
  const walk = createWalk(chart, before, event);

  return walk.offerAt(address, event.type) ? walk.finish() : undefined;
}

/** Each is given to its agents as if it were the only one; where one cannot be, none is. */
function assignedTogether(chart: Chart, before: RunState, event: ChartEvent): Transitioned | undefined {
  if (!takesTasks(before)) return undefined;
  let state = before;
  const changed = new Map<string, TaskState>();
  for (const data of assignmentsIn(event.fact)) {
    const fact = TaskAssigned.of(data);
    const address = parseAddress(data.task);
    const of = { ...event, fact, type: descriptorOf(fact) };
    const next = address === undefined ? undefined : ofTask(chart, state, of, address);
    if (next === undefined) return undefined;
    for (const [text, task] of next.changed) changed.set(text, task);
    state = next.state;
  }

  return { state, changed };
}

function ofRun(chart: Chart, before: RunState, event: ChartEvent): Transitioned | undefined {
  const { fact } = event;
  if (fact.type === 'signal.received') return signalled(chart, before, event, fact.data.tasks);
  const rooted = atRoot(chart, before, event);
  if (rooted === undefined) return undefined;
  const { state } = rooted;
  if (before.phase === 'created' && fact.type !== 'run.forked' && state.phase === 'running')
    return begun(chart, state, event);
  if (fact.type === 'run.admitted') return begun(chart, state, event);
  if (fact.type === 'run.resumed') return resumed(chart, rooted, event);
  const cut = cutOf(fact);

  return cut === undefined ? rooted : continued(chart, state, { event, cut });
}

function begun(chart: Chart, state: RunState, event: ChartEvent): Transitioned {
  const walk = createWalk(chart, state, event);
  for (const id of chart.roots) walk.offer(id, 'look');

  return walk.finish();
}

/** Retries the tasks whose attempts are used up. */
function resumed(chart: Chart, { state, changed }: Transitioned, event: ChartEvent): Transitioned {
  const walk = createWalk(chart, state, event);
  for (const [address, task] of openTasks(state.tasks)) {
    if (task.state === 'exhausted') offerTo(walk, address, 'run.resumed');
  }

  const finished = walk.finish();

  return { ...finished, changed: new Map([...changed, ...finished.changed]) };
}

function continued(
  chart: Chart,
  state: RunState,
  { event, cut }: { readonly event: ChartEvent; readonly cut: Cut },
): Transitioned {
  const { run, waiting, changed } = continueFrom(cut, chart, state, event.time);
  const walk = createWalk(chart, run, event);
  for (const address of waiting) offerTo(walk, address, 'look');
  // The pass may be done: a TERMINATE in it had ended the run, and nothing else is left to do.
  for (const [text] of openTasks(run.tasks)) {
    const address = parseAddress(text);
    if (address !== undefined && address.owners.length > 0) walk.endPassOf(address);
  }
  const finished = walk.finish();
  const takenBack = changed.flatMap((address): [string, TaskState][] => {
    const task = taskAt(finished.state, address);
    return task === undefined ? [] : [[address, task]];
  });

  return { ...finished, changed: new Map([...takenBack, ...finished.changed]) };
}

function signalled(
  chart: Chart,
  before: RunState,
  event: ChartEvent,
  tasks: readonly string[],
): Transitioned | undefined {
  const rooted = atRoot(chart, before, event);
  if (rooted === undefined) return undefined;
  const walk = createWalk(chart, rooted.state, event);
  for (const address of tasks) if (!offerTo(walk, address, 'signal.received')) return undefined;

  return walk.finish();
}

function offerTo(walk: Walk, text: string, type: string): boolean {
  const address = parseAddress(text);

  return address !== undefined && walk.offerAt(address, type);
}

function atRoot(chart: Chart, before: RunState, event: ChartEvent): Transitioned | undefined {
  const state = chart.root.take({ state: before.phase, context: { run: before } }, event)?.context.run;
  if (state === undefined) return undefined;
  if (before.tasks === state.tasks) return { state, changed: new Map() };

  return {
    state,
    changed: new Map(Object.entries(state.tasks).filter(([id, task]) => before.tasks[id] !== task)),
  };
}

function isOrphan({ orphans = [] }: RunState, run: string): boolean {
  return orphans.some((orphan) => orphan.run === run);
}

function takesTasks({ phase, status }: RunState): boolean {
  return (phase === 'running' || phase === 'paused' || phase === 'compensating') && !isFinal(status);
}

/**
 * Continues compensation: tasks are undone one after another, the last completed first. A failure does not stop the
 * next ones.
 */
function undo(chart: Chart, moved: Transitioned, event: ChartEvent): Transitioned {
  let { state } = moved;
  const changed = new Map(moved.changed);
  for (let next = state.undoing?.left[0]; next !== undefined; next = state.undoing?.left[0]) {
    const task = taskAt(state, next);
    if (task !== undefined && isToUndo(task)) {
      const begun = begin(chart, state, next, event);
      for (const [address, each] of begun.changed) changed.set(address, each);
      state = begun.state;
    } else if (task === undefined || isSettled(task)) {
      state = settleUndoing(state, next, outcomeOf(task));
    } else {
      return { state, changed };
    }
  }
  const undone = chart.root.take(
    { state: state.phase, context: { run: state } },
    { ...event, type: 'undone' },
  );

  const next = undone?.context.run ?? state;
  // Compensations that did not begin are given up with the end of the run.
  for (const [id, task] of Object.entries(next.tasks)) if (task !== state.tasks[id]) changed.set(id, task);

  return { state: next, changed };
}

function begin(chart: Chart, state: RunState, text: string, event: ChartEvent): Transitioned {
  const walk = createWalk(chart, state, event);
  const address = parseAddress(text);
  if (address !== undefined && walk.offerAt(address, 'undo')) return walk.finish();

  return { state: settleUndoing(state, text, 'failed'), changed: new Map() };
}
