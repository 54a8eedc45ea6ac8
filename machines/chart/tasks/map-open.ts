import type { Body, RunState, TaskState } from '../run/run-state.ts';
import { isOpenBody } from '../task-status.ts';
import { itemsOf, withBodyItem } from './body.ts';

type Tasks = RunState['tasks'];

/** Changes every task of the run and of the passes under way in it; what stays the same is not copied. */
export function mapOpen(tasks: Tasks, change: (task: TaskState) => TaskState): Tasks {
  const changed: Record<string, TaskState> = {};
  for (const id in tasks) {
    const task = tasks[id];
    if (task === undefined) continue;
    const next = change(withMappedBody(task, change));
    if (next !== task) changed[id] = next;
  }

  return Object.keys(changed).length === 0 ? tasks : { ...tasks, ...changed };
}

function withMappedBody(task: TaskState, change: (task: TaskState) => TaskState): TaskState {
  if (task.body === undefined || !isOpenBody(task)) return task;
  let body: Body = task.body;
  for (const [index, item] of itemsOf(task.body)) {
    if (item.state !== 'open' || item.tasks === undefined) continue;
    const inner = mapOpen(item.tasks, change);
    if (inner !== item.tasks) body = withBodyItem(body, index, { ...item, tasks: inner });
  }

  return body === task.body ? task : { ...task, body };
}
