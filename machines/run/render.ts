import type { Json } from '../../events/canonical-json.ts';
import type { ErrorData } from '../../events/run-events.ts';
import { TaskFailed } from '../../events/task-events.ts';
import { localId, taskAt } from '../chart/task-at.ts';
import type { CompiledTemplate, ExpressionError, Rendered } from '../expressions/template.ts';
import type { Run } from './run.ts';
import { scopeOf } from './scope.ts';

/** What a task gets as its input, as the run is now; what a person put in its place, where one did. */
export function renderInput(run: Run, address: string): Rendered {
  const edited = taskAt(run.state, address)?.input;
  if (edited !== undefined) return { ok: true, value: edited };
  const templates = run.chart.templates.get(localId(address));

  return templates === undefined ? { ok: true, value: {} } : render(run, templates.input, { address });
}

/**
 * Renders any template of the definition against the run. `address` is the task it belongs to; `result` is the result
 * of that task, where there is one.
 */
export function render(
  run: Run,
  template: CompiledTemplate,
  of: { readonly address?: string; readonly result?: Json } = {},
): Rendered {
  const scope = scopeOf(run, template.references, of.address);

  return template.render(of.result === undefined ? scope : { ...scope, result: of.result });
}

/**
 * An expression that cannot be evaluated fails the task, with the values it saw. Another attempt would see the
 * same.
 */
export function errorData(error: ExpressionError): ErrorData {
  const { code, message, expression, values } = error;

  return { code, message, retryable: false, details: { expression, values } };
}

export function failure(task: string, attempt: number, error: ExpressionError) {
  return TaskFailed.of({ task, attempt, error: errorData(error) });
}
