/** Which tasks somebody outside of the engine carries out; what is left is evaluated, or written to a file by it. */
import type { Task } from './task.ts';

/** Whether somebody outside of the engine carries the task out. */
export function isPerformed(
  task: Task | undefined,
): task is Extract<Task, { type: 'SIMPLE' | 'HTTP' | 'EVENT' }> {
  return task?.type === 'SIMPLE' || task?.type === 'HTTP' || task?.type === 'EVENT';
}
