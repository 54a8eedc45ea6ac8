import type { TaskPlace } from './plan.ts';
import type { Body, TaskState } from './run/run-state.ts';

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
