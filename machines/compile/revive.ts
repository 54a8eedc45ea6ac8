import { bodyPrefix } from './address.ts';
import { itemsOf, withItem } from './body.ts';
import { downstreamOf } from './downstream.ts';
import type { Place } from './plan.ts';
import { counted, opened, type Pen, put, reset, standBy, type Tasks, waitsAside } from './reopened-task.ts';
import type { TaskState } from './run-state.ts';
import { isCompleted, isOpenBody, isSettled } from './task-status.ts';

/** Has what failed, and what was given up because of that, go on. */
export function revive(tasks: Tasks, prefix: string, pen: Pen): void {
  for (const id of Object.keys(tasks)) {
    const task = tasks[id];
    if (task === undefined) continue;
    const place = pen.chart.plan.get(id);
    if (waitsAside(place) && isSettled(task)) {
      standBy(tasks, prefix, id, pen);
    } else if (isOpenBody(task)) {
      revivePasses(tasks, prefix, id, pen);
    } else if (
      (gaveUp(task) && !isTolerated(tasks, place)) ||
      endedTheRun(task, place, pen.retries || prefix !== '')
    ) {
      reviveTask(tasks, prefix, id, pen);
    }
  }
  reviveSkipped(tasks, prefix, pen);
}

/** What was skipped because something before it had failed looks again; what a person skipped stays skipped. */
function reviveSkipped(tasks: Tasks, prefix: string, pen: Pen): void {
  const again = Object.keys(tasks).filter((id) => tasks[id]?.state === 'waiting');
  for (const each of new Set(again.flatMap((id) => [...downstreamOf(pen.chart, id)]))) {
    const task = tasks[each];
    if (task?.state === 'skipped' && task.byHand !== true) reset(tasks, prefix, each, pen);
  }
}

/**
 * A TERMINATE that ended the run in failure is what failed: it is reached again. So is one in a pass that goes on,
 * which it had kept from ending.
 */
function endedTheRun({ state }: TaskState, place: Place | undefined, again: boolean): boolean {
  return again && place?.task.type === 'TERMINATE' && state === 'completed';
}

function reviveTask(tasks: Tasks, prefix: string, id: string, pen: Pen): void {
  const task = tasks[id];
  const place = pen.chart.plan.get(id);
  if (task === undefined || place === undefined) return;
  const { body } = task;
  const unfinished = body !== undefined && [...itemsOf(body)].some(([, item]) => item.state !== 'completed');
  if (place.branches !== undefined && task.startedAt !== undefined) {
    // Its branches may all be done, and only its output could not be made: it looks, and makes that anew.
    put(tasks, prefix, id, opened(task, pen), pen);
    pen.waiting.push(prefix + id);
  } else if (unfinished) {
    put(tasks, prefix, id, opened(task, pen), pen);
    revivePasses(tasks, prefix, id, pen);
  } else if (
    place.task.type === 'DO_WHILE' &&
    place.task.loopCondition !== undefined &&
    (body?.opened ?? 0) > 0
  ) {
    // Only its condition could not be evaluated: what its passes did is not done again.
    put(tasks, prefix, id, { ...opened(task, pen), state: 'looping' }, pen);
  } else {
    reset(tasks, prefix, id, pen);
  }
}

function revivePasses(tasks: Tasks, prefix: string, id: string, pen: Pen): void {
  const task = tasks[id];
  if (task?.body === undefined) return;
  let { body } = task;
  for (const [index, item] of itemsOf(body)) {
    if (item.state === 'completed' || item.tasks === undefined) continue;
    const inner: Tasks = { ...item.tasks };
    revive(inner, bodyPrefix(prefix, { id, attempt: task.attempt, index }), pen);
    body = counted(withItem(body, index, { state: 'open', tasks: inner }), item.state);
  }
  tasks[id] = { ...task, body };
}

/** A branch that failed and that its FORK went on without stays as it is. */
function isTolerated(tasks: Tasks, place: Place | undefined): boolean {
  const fork = place?.branch === undefined ? undefined : tasks[place.branch.of];

  return fork !== undefined && isCompleted(fork);
}

function gaveUp(task: TaskState): boolean {
  const { state } = task;

  return state === 'failed' || state === 'timed_out' || state === 'cancelled' || !isSettled(task);
}
