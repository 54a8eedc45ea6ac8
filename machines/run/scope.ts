import type { Json } from '../../events/canonical-json.ts';
import { type RunState, statusOf, type TaskState } from '../compile/run-state.ts';
import type { Reference, Scope } from '../expressions/template.ts';
import type { Run } from './run.ts';

/** The values that the references of an expression can see, and no more: the rest of the run is not copied. */
export function scopeOf(run: Run, references: readonly Reference[]): Scope {
  const state = run.state;
  const scope: Record<string, unknown> = {};
  for (const name of new Set(references.map(({ path }) => path[0] ?? ''))) {
    const task = state.tasks[name];
    if (name === 'workflow') scope[name] = workflowValue(run, state);
    else if (name === 'tasks') scope[name] = tasksValue(state);
    else if (task !== undefined) scope[name] = taskValue(task);
  }

  return scope;
}

function workflowValue(run: Run, state: RunState): Json {
  const { id, version, name } = run.chart.definition;

  return {
    id,
    version,
    name: name ?? id,
    run_id: state.run,
    started_at: state.startedAt,
    input: state.input,
    variables: state.variables,
  };
}

function tasksValue(state: RunState): Json {
  return Object.fromEntries(Object.entries(state.tasks).map(([id, task]) => [id, taskValue(task)]));
}

function taskValue(task: TaskState): Json {
  const { error } = task;

  return {
    status: statusOf(task.state),
    attempt: task.attempt,
    output: task.output ?? null,
    error:
      error === undefined
        ? null
        : {
            code: error.code,
            message: error.message,
            retryable: error.retryable,
            details: error.details ?? null,
          },
  };
}
