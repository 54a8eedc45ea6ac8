import type { Task } from '../../../machines/task.ts';

/** The type of a task as its text has it: one that asks a model is no plain SIMPLE. */
export function shownType(task: Task): string {
  return task.type === 'SIMPLE' && task.performer.kind === 'model' ? 'LLM' : task.type;
}
