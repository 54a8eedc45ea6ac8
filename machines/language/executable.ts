import { tasksInside } from '../chart/plan.ts';
import type { Definition } from '../definition.ts';
import type { Task } from '../task.ts';
import type { Problem } from './problem.ts';

/** What a definition asks for and this version cannot do. It has no line and column: the text is no longer at hand. */
export type NotExecutable = Pick<Problem, 'code' | 'severity' | 'message' | 'path'>;

/** Names everything that the checker accepts and the engine cannot carry out. */
export function notExecutable({ tasks }: Definition): readonly NotExecutable[] {
  return tasks.flatMap(taskFindings);
}

function taskFindings(task: Task): readonly NotExecutable[] {
  const fileless = task.outputTo !== undefined && task.type === 'TERMINATE';

  return [
    ...(fileless
      ? [error(`tasks.${task.id}.output_to`, 'output_to on a TERMINATE, which ends the run,')]
      : []),
    ...tasksInside(task).flatMap(taskFindings),
  ];
}

function error(path: string, what: string): NotExecutable {
  return {
    code: 'definition.not-executable',
    severity: 'error',
    message: `${what} cannot be carried out`,
    path,
  };
}
