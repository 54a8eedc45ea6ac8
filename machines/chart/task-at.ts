import type { TaskPlace } from './plan.ts';
import type { Body, Item, RunState, TaskState } from './run/run-state.ts';
import { begunTasks, isOpenBody } from './task-status.ts';
import { itemAt, openItemsOf } from './tasks/body.ts';

const plain = /^[^:[\].]+$/;

const segment = /^([^:[\].]+)(?::(\d{1,9}))?\[(\d{1,9})\]$/;

type Tasks = RunState['tasks'];

/** The tasks of the pass that the owners lead to, whether it is under way or only kept. */
export function tasksIn(tasks: Tasks, owners: readonly Owner[]): Tasks | undefined {
  let found: Tasks | undefined = tasks;
  for (const owner of owners) found = keptPass(found?.[owner.id], owner)?.tasks;

  return found;
}

/** The task at the address; undefined where there is none, or no longer. */
export function taskAt(run: Pick<RunState, 'tasks'>, address: string): TaskState | undefined {
  const direct = run.tasks[address];
  if (direct !== undefined) return direct;
  const parsed = parseAddress(address);

  return parsed === undefined ? undefined : tasksIn(run.tasks, parsed.owners)?.[parsed.id];
}

/** Whether everything that the task is inside of is under way. */
export function isUnderWay({ tasks }: Pick<RunState, 'tasks'>, { owners }: Address): boolean {
  let found: Tasks | undefined = tasks;
  for (const owner of owners) {
    const task: TaskState | undefined = found?.[owner.id];
    const pass = passOf(task, owner);
    if (task === undefined || !isOpenBody(task) || pass?.state !== 'open') return false;
    found = pass.tasks;
  }

  return true;
}

/** Every task that is part of a pass under way, or of the run itself, with its address. */
export function* openTasks(tasks: Tasks, prefix = ''): Iterable<readonly [string, TaskState]> {
  for (const id in tasks) {
    const task = tasks[id];
    if (task === undefined) continue;
    yield [prefix + id, task];
    for (const [index, { tasks: inner }] of openPasses(task))
      if (inner !== undefined)
        yield* openTasks(inner, bodyPrefix(prefix, { id, attempt: task.attempt, index }));
  }
}

/** Those of them that have begun and not settled, without a look at each of the others. */
export function* begunTasksIn(tasks: Tasks, prefix = ''): Iterable<readonly [string, TaskState]> {
  for (const [id, task] of begunTasks.in(tasks)) {
    yield [prefix + id, task];
    for (const [index, { tasks: inner }] of openPasses(task))
      if (inner !== undefined)
        yield* begunTasksIn(inner, bodyPrefix(prefix, { id, attempt: task.attempt, index }));
  }
}

function openPasses(task: TaskState): Iterable<readonly [number, Item]> {
  return task.body === undefined || !isOpenBody(task) ? [] : openItemsOf(task.body);
}

/** The pass that the owner names, be it one of an earlier attempt. */
export function keptPass(task: TaskState | undefined, { attempt, index }: Owner): Item | undefined {
  const body = bodyOf(task, attempt);

  return body === undefined ? undefined : itemAt(body, index);
}

/** The pass that the owner names, if its attempt is the latest. */
export function passOf(task: TaskState | undefined, { attempt, index }: Owner): Item | undefined {
  if (task?.body === undefined || task.attempt !== attempt) return undefined;

  return itemAt(task.body, index);
}

/** What the attempt worked on, be it the latest or an earlier one that can be undone. */
export function bodyOf(task: TaskState | undefined, attempt: number): Body | undefined {
  return task?.body !== undefined && task.attempt === attempt ? task.body : task?.earlier?.[attempt];
}

export function withBody(task: TaskState, attempt: number, body: Body): TaskState {
  if (task.body !== undefined && task.attempt === attempt) return { ...task, body };

  return { ...task, earlier: { ...task.earlier, [attempt]: body } };
}

/** A task that begins anew, with what it did before where that can be undone. */
export function withEarlier(place: TaskPlace | undefined, before: TaskState, after: TaskState): TaskState {
  if (place?.body?.undoable !== true) return after;
  const left = before.body !== undefined && (after.body === undefined || after.attempt !== before.attempt);
  const earlier = left ? { ...before.earlier, [before.attempt]: before.body } : before.earlier;

  return earlier === undefined || earlier === after.earlier ? after : { ...after, earlier };
}

/**
 * Where a task of a run is: `pay` in the run itself, `orders[2].pay` in the third pass through the body of the FORK or
 * loop `orders`, `orders:2[0].pay` in the first pass of its second attempt, and so on inwards. Ids hold none of `:[].`.
 */
export type Address = { readonly owners: readonly Owner[]; readonly id: string };

/** A pass through a body: of which task, in which of its attempts, and which one, from 0. */
export type Owner = { readonly id: string; readonly attempt: number; readonly index: number };

/** The id that the definition gives the task. */
export function localId(address: string): string {
  return address.slice(address.lastIndexOf('.') + 1);
}

export function bodyPrefix(prefix: string, { id, attempt, index }: Owner): string {
  return `${prefix}${id}${attempt > 1 ? `:${attempt}` : ''}[${index}].`;
}

/** Undefined for a text that is no address. */
export function parseAddress(text: string): Address | undefined {
  if (!text.includes('[')) return { owners: [], id: text };
  const parts = text.split('.');
  const id = parts.pop() ?? '';
  if (!plain.test(id)) return undefined;
  const owners: Owner[] = [];
  for (const part of parts) {
    const [, owner, attempt, index] = segment.exec(part) ?? [];
    if (owner === undefined) return undefined;
    owners.push({ id: owner, attempt: Number(attempt ?? 1), index: Number(index) });
  }

  return { owners, id };
}
