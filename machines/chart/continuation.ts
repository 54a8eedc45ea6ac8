import type { Json } from '../../events/canonical-json.ts';
import type { Fact } from '../../events/catalogue.ts';
import { type Address, bodyPrefix, parseAddress } from './address.ts';
import type { Chart } from './chart.ts';
import { downstreamOf, forksAround } from './downstream.ts';
import { withEarlier } from './earlier.ts';
import { type TaskPlace, unbegun } from './plan.ts';
import type { Body, RunState, TaskState } from './run/run-state.ts';
import { openTasks, passOf, taskAt } from './task-at.ts';
import { isCompleted, isOpenBody, isSettled } from './task-status.ts';
import { itemsOf, withBodyItem } from './tasks/body.ts';
import { mapOpen } from './tasks/map-open.ts';

/**
 * Where a run is cut to go on: what lies before the cut stays as it was, what lies behind it is done again. `failure`
 * (a retry): before what failed, and what the end cancelled. `task` (a rerun): before a task and what follows from it,
 * too. `event` (a fork): behind an event of another run.
 */
export type Cut =
  | { readonly kind: 'failure' }
  | {
      readonly kind: 'task';
      readonly from: string;
      readonly input?: RunState['input'] | undefined;
      readonly taskInput?: Json | undefined;
    }
  | { readonly kind: 'event' };

/** The cut that a fact has its run go on from; undefined for any other. */
export function cutOf(fact: Fact): Cut | undefined {
  switch (fact.type) {
    case 'run.retried':
      return { kind: 'failure' };
    case 'run.rerun':
      return { kind: 'task', ...fact.data };
    case 'run.forked':
      return { kind: 'event' };
    default:
      return undefined;
  }
}

/** A run that goes on: the tasks that wait again, and all that changed, by their addresses. */
export type Continued = {
  readonly run: RunState;
  readonly waiting: readonly string[];
  readonly changed: readonly string[];
};

/**
 * Takes a run back to a cut. Only what failed, what the end cancelled and what follows from the task of the cut begins
 * anew; every other task stays as it is, and no number of an attempt is given twice.
 */
export function continueFrom(cut: Cut, chart: Chart, run: RunState, time: string): Continued {
  if (cut.kind === 'event') return { ...forkedRun(run, time), waiting: [] };
  const pen: Pen = { chart, time, retries: cut.kind === 'failure', waiting: [], changed: [] };
  const tasks: Tasks = { ...run.tasks };
  const address = cut.kind === 'task' ? parseAddress(cut.from) : undefined;
  if (address !== undefined) rewind(tasks, '', address, pen);
  revive(tasks, '', pen);
  const edited = cut.kind === 'task' ? editedRun(run, cut.input) : run;
  if (address !== undefined && cut.kind === 'task' && cut.taskInput !== undefined) {
    edit(tasks, address, (task) => ({ ...task, input: cut.taskInput ?? null }));
  }

  return { run: { ...edited, tasks }, waiting: pen.waiting, changed: pen.changed };
}

function editedRun(run: RunState, input: RunState['input'] | undefined): RunState {
  return input === undefined ? run : { ...run, input };
}

/** Resets the task and what follows from it; what they are inside of is opened again, and what follows from that. */
function rewind(tasks: Tasks, prefix: string, { owners, id }: Address, pen: Pen): void {
  const [owner, ...rest] = owners;
  const at = owner?.id ?? id;
  const isRecovered = (each: string) => tasks[each]?.state === 'completed_with_errors';
  for (const each of downstreamOf(pen.chart, at, isRecovered)) {
    if (each !== at) reset(tasks, prefix, each, pen);
  }
  for (const fork of forksAround(pen.chart.plan, at)) {
    put(tasks, prefix, fork, opened(tasks[fork], pen), pen);
  }
  if (owner === undefined) {
    reset(tasks, prefix, id, pen);
    return;
  }
  const task = tasks[owner.id];
  const pass = passOf(task, owner);
  if (task?.body === undefined || pass?.tasks === undefined) return;
  const inner: Tasks = { ...pass.tasks };
  rewind(inner, bodyPrefix(prefix, owner), { owners: rest, id }, pen);
  const body = counted(withBodyItem(task.body, owner.index, { state: 'open', tasks: inner }), pass.state);
  put(tasks, prefix, owner.id, { ...opened(task, pen), body }, pen);
}

function edit(tasks: Tasks, { owners, id }: Address, change: (task: TaskState) => TaskState): void {
  const [owner, ...rest] = owners;
  if (owner === undefined) {
    const task = tasks[id];
    if (task !== undefined) tasks[id] = change(task);
    return;
  }
  const task = tasks[owner.id];
  const pass = passOf(task, owner);
  if (task?.body === undefined || pass?.tasks === undefined) return;
  const inner: Tasks = { ...pass.tasks };
  edit(inner, { owners: rest, id }, change);
  tasks[owner.id] = { ...task, body: withBodyItem(task.body, owner.index, { ...pass, tasks: inner }) };
}

/**
 * A run that goes on from where another was then: what that one had under way begins here, so its time-outs count from
 * now. Runs that the other started belong to it: here they are started anew, as further attempts.
 */
function forkedRun(
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

/** Has what failed, and what was given up because of that, go on. */
function revive(tasks: Tasks, prefix: string, pen: Pen): void {
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
function endedTheRun({ state }: TaskState, place: TaskPlace | undefined, again: boolean): boolean {
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
    body = counted(withBodyItem(body, index, { state: 'open', tasks: inner }), item.state);
  }
  tasks[id] = { ...task, body };
}

/** A branch that failed and that its FORK went on without stays as it is. */
function isTolerated(tasks: Tasks, place: TaskPlace | undefined): boolean {
  const fork = place?.branch === undefined ? undefined : tasks[place.branch.of];

  return fork !== undefined && isCompleted(fork);
}

function gaveUp(task: TaskState): boolean {
  const { state } = task;

  return state === 'failed' || state === 'timed_out' || state === 'cancelled' || !isSettled(task);
}

/** The tasks of the run or of a pass while they are taken back. */
type Tasks = Record<string, TaskState>;

/** What is noted while a run is taken back to where it can go on. */
type Pen = {
  readonly chart: Chart;
  readonly retries: boolean;
  readonly time: string;
  readonly waiting: string[];
  readonly changed: string[];
};

function put(tasks: Tasks, prefix: string, id: string, task: TaskState, { changed }: Pen): void {
  tasks[id] = task;
  changed.push(prefix + id);
}

function reset(tasks: Tasks, prefix: string, id: string, pen: Pen): void {
  const task = tasks[id];
  if (task === undefined || task.state === 'standby') return;
  if (waitsAside(pen.chart.plan.get(id))) {
    standBy(tasks, prefix, id, pen);
    return;
  }
  const { attempt, input } = task;
  const spent = attempt === 0 ? {} : { spent: attempt };
  const waiting = { state: 'waiting', attempt, ...spent, ...(input === undefined ? {} : { input }) };
  put(tasks, prefix, id, withEarlier(pen.chart.plan.get(id), task, waiting), pen);
  pen.waiting.push(prefix + id);
}

/** It is for undoing alone. */
export function waitsAside(place: TaskPlace | undefined): boolean {
  return place?.undoes === true || place?.aside === true;
}

/** What undoes another task may have begun before the run was terminated; it waits aside again. */
function standBy(tasks: Tasks, prefix: string, id: string, pen: Pen): void {
  const { state, attempt } = tasks[id] ?? unbegun(true);
  if (state === 'standby') return;
  const spent = attempt === 0 ? {} : { spent: attempt };
  put(tasks, prefix, id, { ...unbegun(true), attempt, ...spent }, pen);
}

/**
 * It goes on with as many attempts and as much time as at its beginning. What a body did stands under the number of its
 * attempt, so that goes on; the branches of a FORK stand for themselves, and it has an attempt of its own to shape.
 */
function opened(task: TaskState | undefined, { time }: Pen): TaskState {
  const { error: _error, endedAt: _at, output: _output, ...rest } = task ?? { state: 'open', attempt: 1 };
  const { alertedAt: _alerted, ...kept } = rest;
  const attempt = kept.body === undefined ? kept.attempt + 1 : kept.attempt;
  const spent = attempt > 1 ? { spent: attempt - 1 } : {};

  return {
    ...kept,
    ...spent,
    state: 'open',
    attempt,
    firstScheduledAt: time,
    scheduledAt: time,
    startedAt: time,
  };
}

/** A pass that goes on counts neither as completed nor as failed. */
function counted(body: Body, was: 'open' | 'completed' | 'failed'): Body {
  return {
    ...body,
    completed: body.completed - (was === 'completed' ? 1 : 0),
    failed: body.failed - (was === 'failed' ? 1 : 0),
  };
}
