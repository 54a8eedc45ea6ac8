import type { Json } from '../../events/canonical-json.ts';
import type { ErrorData } from '../../events/error-data.ts';
import { RunCompleted, RunFailed } from '../../events/run-events.ts';
import { ConditionEvaluated, DecisionMade, TaskCompleted, TaskFailed } from '../../events/task-events.ts';
import type { Chart } from '../compile/chart.ts';
import type { CompiledTemplate, ExpressionError, Rendered } from '../expressions/template.ts';
import type { DecisionCase, DecisionTask } from '../task.ts';
import { accept, type Decision, refuse } from './decision.ts';
import { newRun, type Run } from './run.ts';
import { scopeOf } from './scope.ts';

/** Evaluates what a task waits for: its condition, its decision, or the expressions it consists of. */
export function evaluateTask(run: Run, id: string): Decision {
  const place = run.chart.plan.get(id);
  const state = run.state.tasks[id];
  if (place === undefined || state === undefined) return refuse('task.unknown', `the run has no task ${id}`);
  const { task } = place;
  if (state.state === 'conditional') return evaluateCondition(run, id);
  if (state.state === 'deciding' && task.type === 'DECISION') return makeDecision(run, task);
  if (state.state === 'scheduled' && task.type === 'TRANSFORM') return transform(run, id, state.attempt);

  return refuse('task.nothing-to-evaluate', `${id} is ${state.state}: there is nothing to evaluate`);
}

/** Makes the output of a run whose output is made of expressions. */
export function concludeRun(run: Run): Decision {
  const { output } = run.chart;
  const rendered = output === undefined ? { ok: true as const, value: {} } : render(run, output);
  if (!rendered.ok) return accept(RunFailed.of({ error: errorData(rendered.error) }));

  return accept(RunCompleted.of({ output: rendered.value }));
}

/** A result that no record can hold fails its task: the same again would be as large. */
export function refuseResult(run: Run, task: string): Decision {
  return accept(TaskFailed.of({ task, attempt: run.state.tasks[task]?.attempt || 1, error: tooLarge }));
}

export function refuseOutput(): Decision {
  return accept(RunFailed.of({ error: tooLarge }));
}

const tooLarge: ErrorData = {
  code: 'output.too-large',
  message: 'what its expressions give is larger than one record of the journal may be',
  retryable: false,
};

/** The variables a run starts with. They may read its input. */
export function initialVariables(
  chart: Chart,
  run: string,
  input: Readonly<Record<string, Json>>,
):
  | { readonly ok: true; readonly value: Record<string, Json> }
  | { readonly ok: false; readonly error: ExpressionError } {
  const fresh = newRun(chart);
  const rendered = render({ ...fresh, state: { ...fresh.state, run, input } }, chart.variables);
  if (!rendered.ok) return rendered;

  return { ok: true, value: rendered.value as Record<string, Json> };
}

/** What a task gets as its input, as the run is now. */
export function renderInput(run: Run, id: string): Rendered {
  const templates = run.chart.templates.get(id);

  return templates === undefined ? { ok: true, value: {} } : render(run, templates.input);
}

/** Renders any template of the definition against the run; `result` is the result of the task, where there is one. */
export function render(run: Run, template: CompiledTemplate, result?: Json): Rendered {
  const scope = scopeOf(run, template.references);

  return template.render(result === undefined ? scope : { ...scope, result });
}

/**
 * An expression that cannot be evaluated fails the task, with the values it saw. Another attempt would see the
 * same.
 */
export function errorData(error: ExpressionError): ErrorData {
  const { code, message, expression, values } = error;

  return { code, message, retryable: false, details: { expression, values } };
}

function evaluateCondition(run: Run, task: string): Decision {
  const when = run.chart.templates.get(task)?.when;
  if (when === undefined) return refuse('task.nothing-to-evaluate', `${task} has no condition`);
  const evaluated = when.evaluate(scopeOf(run, when.references));
  if (!evaluated.ok) return accept(failure(task, 1, evaluated.error));

  return accept(ConditionEvaluated.of({ task, result: evaluated.result, values: { ...evaluated.values } }));
}

function makeDecision(run: Run, task: DecisionTask): Decision {
  const templates = run.chart.templates.get(task.id);
  if (templates?.param === undefined)
    return refuse('task.nothing-to-evaluate', `${task.id} has no decision_param`);
  const param = templates.param.render(scopeOf(run, templates.param.references));
  if (!param.ok) return accept(failure(task.id, 1, param.error));
  const selected = task.cases.filter(({ value }) => value === textOf(param.value));
  for (const each of selected) {
    const condition = templates.cases.get(each.value);
    if (condition === undefined) return accept(decisionMade(task, param.value, each));
    const holds = condition.evaluate(scopeOf(run, condition.references));
    if (!holds.ok) return accept(failure(task.id, 1, holds.error));
    if (holds.result) return accept(decisionMade(task, param.value, each));
  }

  return accept(decisionMade(task, param.value, undefined));
}

function decisionMade(task: DecisionTask, value: Json, taken: DecisionCase | undefined) {
  if (taken !== undefined)
    return DecisionMade.of({ task: task.id, value, case: taken.value, next: [...taken.next] });
  if (task.defaultNext !== undefined) {
    return DecisionMade.of({ task: task.id, value, case: 'default', next: [...task.defaultNext] });
  }

  return DecisionMade.of({ task: task.id, value, next: [] });
}

/** The keys of `decision_cases` are text: `true` selects the case `true`, 3 the case `3`. */
function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function transform(run: Run, task: string, attempt: number): Decision {
  const output = run.chart.templates.get(task)?.output;
  const rendered = output === undefined ? { ok: true as const, value: {} } : render(run, output);
  if (!rendered.ok) return accept(failure(task, attempt, rendered.error));

  return accept(TaskCompleted.of({ task, attempt, output: rendered.value }));
}

function failure(task: string, attempt: number, error: ExpressionError) {
  return TaskFailed.of({ task, attempt, error: errorData(error) });
}
