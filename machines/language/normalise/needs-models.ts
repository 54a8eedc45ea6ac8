import { tasksInside } from '../../chart/plan.ts';
import type { Definition } from '../../definition.ts';
import type { Task } from '../../task.ts';

/** Whether a release from before tasks asked models could not read the definition. */
export function needsModels({ tasks, failureWorkflow, budget }: Definition): boolean {
  const steps = failureWorkflow?.kind === 'inline' ? failureWorkflow.steps : [];

  return budget !== undefined || [...tasks, ...steps].some(asksModel);
}

function asksModel(task: Task | string): boolean {
  // It names a task of the definition.
  if (typeof task === 'string') return false;

  return task.performer.kind === 'model' || tasksInside(task).some(asksModel);
}
