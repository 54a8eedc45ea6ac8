import type { Json } from '../../events/canonical-json.ts';
import type { Fact } from '../../events/catalogue.ts';
import { defined } from '../language/defined.ts';
import type { Chart } from './chart.ts';
import { downstreamOf, forksAround } from './downstream.ts';
import { undoesSome } from './lost-branches.ts';
import { lasting } from './patches.ts';
import { type TaskPlace, unbegun } from './plan.ts';
import type { Body, RunState, TaskState } from './run/run-state.ts';
import {
  type Address,
  bodyPrefix,
  localId,
  openTasks,
  parseAddress,
  passOf,
  taskAt,
  withEarlier,
} from './task-at.ts';
import { isCompleted, isOpenBody, isSettled } from './task-status.ts';
import type { ChangeRequest } from './tasks/approval-state.ts';
import { itemsOf, withBodyItem } from './tasks/body.ts';
import { mapOpen } from './tasks/map-open.ts';

/**
 * Where a run is cut to go on: tasks before the cut stay as they are, those behind it are done again. `failure` (a
 * retry): before failed tasks, and those that the end cancelled. `task` (a rerun): before a task and all that follows
 * from it, too. `change`: the same while the run is under way, as an approval asks for it. `event` (a fork): behind an
 * event of another run.
 */
export type Cut =
  | { readonly kind: 'failure' }
  | {
      readonly kind: 'task';
      readonly from: string;
      readonly input?: RunState['input'] | undefined;
      readonly taskInput?: Json | undefined;
    }
  | { readonly kind: 'change'; readonly from: string; readonly task: string; readonly asked: ChangeAsked }
  | { readonly kind: 'event' };

type ChangeAsked = Omit<ChangeRequest, 'at'>;

/** The cut of a fact from which a run goes on; undefined for other facts. */
export function cutOf(fact: Fact): Cut | undefined {
  switch (fact.type) {
    case 'run.retried':
      return { kind: 'failure' };
    case 'run.rerun':
      return { kind: 'task', ...fact.data };
    case 'approval.change-requested': {
      const { from, task, by, inPlaceOf, comment } = fact.data;
      return { kind: 'change', from, task, asked: defined({ by, inPlaceOf, comment }) };
    }
    case 'run.forked':
      return { kind: 'event' };
    default:
      return undefined;
  }
}

/** The result: the tasks that wait again, and all changes, by address. */
export type Continued = {
  readonly run: RunState;
  readonly waiting: readonly string[];
  readonly changed: readonly string[];
};

/**
 * Takes a run back to a cut. Only failed tasks, those that the end cancelled and those that follow from the task of
 * the cut begin anew; all others stay as they are. Numbers of attempts are never reused.
 */
export function continueFrom(cut: Cut, chart: Chart, run: RunState, time: string): Continued {
  if (cut.kind === 'event') return { ...forkedRun(run, time), waiting: [] };
  const pen: Pen = { chart, time, cut: cut.kind, waiting: [], changed: [] };
  const tasks: Tasks = { ...run.tasks };
  if (cut.kind === 'change') {
    askAgain(tasks, cut, pen);
    return { run: { ...run, tasks }, waiting: pen.waiting, changed: pen.changed };
  }
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

/** Whether an approval waits for an answer, and takes the wish for a change, in a part of the run that goes on. */
export function takesChange({ plan }: Chart, run: RunState, address: string): boolean {
  const task = plan.get(localId(address))?.task;
  if (task?.type !== 'HUMAN' || task.onChange === undefined) return false;
  if (run.phase !== 'running' && run.phase !== 'paused') return false;
  for (const [each, { state }] of openTasks(run.tasks))
    if (each === address) return state === 'pending_approval';

  return false;
}

/** What is done again for a change that the approval at an address asks for, by id; the approval is among them. */
export function againFor(chart: Chart, address: string): ReadonlySet<string> {
  const task = chart.plan.get(localId(address))?.task;

  return task?.type === 'HUMAN' && task.onChange !== undefined
    ? downstreamOf(chart, task.onChange.task, { reopens: false })
    : new Set();
}

/** Nothing around the approval has ended, so that nothing is reopened: beside it, tasks wait again. */
function askAgain(tasks: Tasks, { task: address, asked }: Extract<Cut, { kind: 'change' }>, pen: Pen): void {
  const { owners = [], id = '' } = parseAddress(address) ?? {};
  const within = (level: Tasks, prefix: string, [owner, ...rest]: typeof owners): void => {
    if (owner === undefined) {
      for (const each of againFor(pen.chart, address)) rerun(level, prefix, each, pen);
      edit(level, { owners: [], id }, (task) => ({
        ...task,
        changes: [...(task.changes ?? []), { ...asked, at: pen.time }],
      }));
      return;
    }
    const task = level[owner.id];
    const pass = passOf(task, owner);
    if (task?.body === undefined || pass?.tasks === undefined) return;
    const inner: Tasks = { ...pass.tasks };
    within(inner, bodyPrefix(prefix, owner), rest);
    level[owner.id] = { ...task, body: withBodyItem(task.body, owner.index, { ...pass, tasks: inner }) };
  };
  within(tasks, '', owners);
}

/**
 * Resets the task and all that follows from it; reopens what contains them, and resets all that follows from that.
 */
function rewind(tasks: Tasks, prefix: string, { owners, id }: Address, pen: Pen): void {
  const [owner, ...rest] = owners;
  const at = owner?.id ?? id;
  const isRecovered = (each: string) => tasks[each]?.state === 'completed_with_errors';
  for (const each of downstreamOf(pen.chart, at, { isRecovered })) {
    if (each !== at) rerun(tasks, prefix, each, pen);
  }
  for (const fork of forksAround(pen.chart.plan, at)) {
    put(tasks, prefix, fork, opened(tasks[fork], pen), pen);
  }
  if (owner === undefined) {
    rerun(tasks, prefix, id, pen);
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
 * A fork goes on from the state of another run: the other's active attempts begin here, so their time-outs count from
 * now. Child runs belong to the other run: here they are started anew, as further attempts.
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

/**
 * Due times that are written in the definition or were computed before, such as the end of a WAIT, stay as they are.
 */
function timedFrom(task: TaskState, time: string): TaskState {
  if (task.scheduledAt === undefined || task.endedAt !== undefined) return task;
  const { alertedAt: _alerted, ...rest } = task;
  const { escalation, reminders } = rest;

  return {
    ...rest,
    ...(escalation === undefined ? {} : { escalation: { ...escalation, at: time } }),
    ...(reminders === undefined ? {} : { reminders: { ...reminders, at: time } }),
    scheduledAt: time,
    ...(task.firstScheduledAt === undefined ? {} : { firstScheduledAt: time }),
    ...(task.startedAt === undefined ? {} : { startedAt: time }),
  };
}

/** Makes failed tasks, and those that were given up because of them, go on. */
function revive(tasks: Tasks, prefix: string, pen: Pen): void {
  for (const id of Object.keys(tasks)) {
    const task = tasks[id];
    if (task === undefined) continue;
    const place = pen.chart.plan.get(id);
    if (waitsAside(place) && (isSettled(task) || task.isRetreat === true)) {
      standBy(tasks, prefix, id, pen);
    } else if (isOpenBody(task)) {
      revivePasses(tasks, prefix, id, pen);
    } else if (
      (gaveUp(task) && !isTolerated(tasks, place)) ||
      endedTheRun(task, place, pen.cut === 'failure' || prefix !== '')
    ) {
      reviveTask(tasks, prefix, id, pen);
    }
  }
  reviveSkipped(tasks, prefix, pen);
}

/** A task that was skipped because of a failed one is checked again; one that a person skipped stays skipped. */
function reviveSkipped(tasks: Tasks, prefix: string, pen: Pen): void {
  const again = Object.keys(tasks).filter((id) => tasks[id]?.state === 'waiting');
  for (const each of new Set(again.flatMap((id) => [...downstreamOf(pen.chart, id)]))) {
    const task = tasks[each];
    if (task?.state === 'skipped' && task.byHand !== true) reset(tasks, prefix, each, pen);
  }
}

/**
 * A TERMINATE that ended the run in failure counts as the failed task: it is reached again. So is one in a pass that
 * goes on, which the TERMINATE had ended.
 */
function endedTheRun({ state }: TaskState, place: TaskPlace | undefined, again: boolean): boolean {
  const { task } = place ?? {};

  return again && task?.type === 'TERMINATE' && task.scope !== 'body' && state === 'completed';
}

function reviveTask(tasks: Tasks, prefix: string, id: string, pen: Pen): void {
  const task = tasks[id];
  const place = pen.chart.plan.get(id);
  if (task === undefined || place === undefined) return;
  const { body } = task;
  const unfinished = body !== undefined && [...itemsOf(body)].some(([, item]) => item.state !== 'completed');
  if (place.branches !== undefined && task.startedAt !== undefined) {
    // All branches may be done, and only the output failed: the FORK checks, and makes the output anew.
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
    // Only the condition could not be evaluated: the passes are not repeated.
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

/** A failed branch that its FORK tolerated stays as it is. */
function isTolerated(tasks: Tasks, place: TaskPlace | undefined): boolean {
  const fork = place?.branch === undefined ? undefined : tasks[place.branch.of];

  return fork !== undefined && isCompleted(fork);
}

function gaveUp(task: TaskState): boolean {
  const { state } = task;
  if (task.isOutrun === true) return false;

  return state === 'failed' || state === 'timed_out' || state === 'cancelled' || !isSettled(task);
}

/** The tasks of the run or of a pass while they are taken back. */
type Tasks = Record<string, TaskState>;

/** Collects the changes while a run is taken back. */
type Pen = {
  readonly chart: Chart;
  readonly cut: Cut['kind'];
  readonly time: string;
  readonly waiting: string[];
  readonly changed: string[];
};

function put(tasks: Tasks, prefix: string, id: string, task: TaskState, { changed }: Pen): void {
  tasks[id] = task;
  changed.push(prefix + id);
}

/** A person wants what the task did to be done once more: what it calls must not take it for a repetition. */
function rerun(tasks: Tasks, prefix: string, id: string, pen: Pen): void {
  const task = tasks[id];
  if (task !== undefined && task.attempt > 0) {
    const { details: _before, changes, ...rest } = task;
    // Who reruns a task begins to ask people anew; a change is one of several that were asked for.
    const kept = pen.cut === 'change' && changes !== undefined ? { changes } : {};
    tasks[id] = { ...rest, ...kept, reruns: (task.reruns ?? 0) + 1 };
  }
  reset(tasks, prefix, id, pen);
}

function reset(tasks: Tasks, prefix: string, id: string, pen: Pen): void {
  const task = tasks[id];
  if (task === undefined || task.state === 'standby') return;
  if (waitsAside(pen.chart.plan.get(id))) {
    standBy(tasks, prefix, id, pen);
    return;
  }
  const { attempt } = task;
  const spent = attempt === 0 ? {} : { spent: attempt };
  const waiting = { state: 'waiting', attempt, ...spent, ...lasting(task) };
  put(tasks, prefix, id, withEarlier(pen.chart.plan.get(id), task, waiting), pen);
  pen.waiting.push(prefix + id);
}

/** It is for undoing alone. */
export function waitsAside(place: TaskPlace | undefined): boolean {
  return place?.undoes === true || place?.aside === true;
}

/**
 * A compensation that began before the run was terminated stands by again. What undoes a branch that was given up is
 * not waiting for another end of the run: it goes on, and once that is undone it stays so.
 */
function standBy(tasks: Tasks, prefix: string, id: string, pen: Pen): void {
  const task = tasks[id] ?? unbegun(true);
  const { state, attempt } = task;
  const { retreat } = pen.chart.plan.get(id) ?? {};
  const retreats = task.isRetreat === true && undoesSome(retreat?.undoes ?? [], tasks);
  if (retreats && (isCompleted(task) || task.byHand === true)) return;
  if (retreats) pen.waiting.push(prefix + id);
  if (state === 'standby') return;
  const spent = attempt === 0 ? {} : { spent: attempt };
  const again = { ...unbegun(true), attempt, ...spent, ...(retreats ? { isRetreat: true as const } : {}) };
  put(tasks, prefix, id, again, pen);
}

/**
 * It goes on with all its attempts and its full time. Results of a body are kept by attempt number, so that one goes
 * on; the branches of a FORK are independent of it, and it gets an attempt of its own to make its output.
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
