import { type Address, bodyPrefix, parseAddress } from './address.ts';
import { withItem } from './body.ts';
import type { Chart } from './chart.ts';
import type { ChartEvent } from './chart-event.ts';
import { downstreamOf, forksAround } from './downstream.ts';
import { forkedRun } from './forked-run.ts';
import { counted, opened, type Pen, put, reset, type Tasks } from './reopened-task.ts';
import { revive } from './revive.ts';
import type { RunState, TaskState } from './run-state.ts';
import { passOf } from './task-at.ts';

/** A run that goes on: the tasks that wait again, and all that changed, by their addresses. */
export type Reopened = {
  readonly run: RunState;
  readonly waiting: readonly string[];
  readonly changed: readonly string[];
};

/**
 * Takes a run that had ended back to where it can go on. Only what failed, what the end cancelled and, for a rerun,
 * what follows from its task begins anew; every other task stays as it is, and no number of an attempt is given twice.
 */
export function reopen(chart: Chart, run: RunState, event: ChartEvent): Reopened {
  const { fact, time } = event;
  const pen: Pen = { chart, time, retries: fact.type === 'run.retried', waiting: [], changed: [] };
  const tasks: Tasks = { ...run.tasks };
  if (fact.type === 'run.forked') return { ...forkedRun(run, time), waiting: [] };
  const address = fact.type === 'run.rerun' ? parseAddress(fact.data.from) : undefined;
  if (address !== undefined) rewind(tasks, '', address, pen);
  revive(tasks, '', pen);
  const edited = fact.type === 'run.rerun' ? editedRun(run, fact.data.input) : run;
  if (address !== undefined && fact.type === 'run.rerun' && fact.data.taskInput !== undefined) {
    edit(tasks, address, (task) => ({ ...task, input: fact.data.taskInput ?? null }));
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
  const body = counted(withItem(task.body, owner.index, { state: 'open', tasks: inner }), pass.state);
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
  tasks[owner.id] = { ...task, body: withItem(task.body, owner.index, { ...pass, tasks: inner }) };
}
