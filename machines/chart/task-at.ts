import { type Address, bodyPrefix, type Owner, parseAddress } from './address.ts';
import { bodyOf } from './earlier.ts';
import type { Item, RunState, TaskState } from './run/run-state.ts';
import { isOpenBody } from './task-status.ts';
import { itemAt, openItemsOf } from './tasks/body.ts';

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
    if (task.body === undefined || !isOpenBody(task)) continue;
    for (const [index, item] of openItemsOf(task.body)) {
      if (item.tasks === undefined) continue;
      yield* openTasks(item.tasks, bodyPrefix(prefix, { id, attempt: task.attempt, index }));
    }
  }
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
