import { isFinal, type TaskState } from '../compile/run-state.ts';
import type { Task } from '../task.ts';
import type { Run } from './run.ts';

/** Work that the core asks the shell for. Derived from state alone, so that a crash before it loses nothing. */
export type Effect =
  /** Carry out an attempt; its idempotency key is `run/task/attempt`. */
  | { readonly kind: 'execute'; readonly task: string; readonly attempt: number }
  /** Evaluate the condition, the decision or the expressions of a task, and decide by the result. */
  | { readonly kind: 'evaluate'; readonly task: string }
  /** Make the output of the run, and complete it. */
  | { readonly kind: 'conclude' };

/** All the work a run waits for from the shell, in the order of its definition. Nothing while it is paused or final. */
export function pendingEffects(run: Run): readonly Effect[] {
  return effectsOf(run, Object.keys(run.state.tasks));
}

/** The same for some of the tasks: those that an event changed. */
export function effectsOf(run: Run, tasks: readonly string[]): readonly Effect[] {
  const context = run.state;
  if (isFinal(context.status) || context.status === 'PAUSED') return [];
  if (run.state.phase === 'concluding') return [{ kind: 'conclude' }];

  return tasks.flatMap((id) => {
    const task = context.tasks[id];
    const effect = task === undefined ? undefined : effectOf(run, id, task);
    return effect === undefined ? [] : [effect];
  });
}

function effectOf(run: Run, id: string, { state, attempt }: TaskState): Effect | undefined {
  switch (state) {
    case 'conditional':
    case 'deciding':
      return { kind: 'evaluate', task: id };
    case 'scheduled':
    case 'in_progress':
      return isPure(run.chart.plan.get(id)?.task)
        ? { kind: 'evaluate', task: id }
        : { kind: 'execute', task: id, attempt };
    default:
      return undefined;
  }
}

/** A TRANSFORM whose output is also written to a file leaves the core: it is carried out like an attempt. */
function isPure(task: Task | undefined): boolean {
  return task?.type === 'TRANSFORM' && task.outputTo === undefined;
}
