import type { Json } from '../../../events/canonical-json.ts';
import { type ErrorData, RunCompleted, RunFailed, RunPaused } from '../../../events/run-events.ts';
import {
  ConditionEvaluated,
  DecisionMade,
  ItemsListed,
  LoopEvaluated,
  NamesEvaluated,
  TaskCompleted,
  TaskFailed,
  TerminationReached,
  VariablesSet,
} from '../../../events/task-events.ts';
import type { TaskState } from '../../chart/run/run-state.ts';
import { localId, taskAt } from '../../chart/task-at.ts';
import type { DecisionCase, DecisionTask, Task, TerminateTask } from '../../task.ts';
import { readNames } from '../../task-names.ts';
import { budgetStop } from '../budget-stop.ts';
import { errorData, failure, render } from '../render.ts';
import { isPartOfRun, type Run } from '../run.ts';
import { outputOf, scopeOf } from '../scope.ts';
import { misfitOfOutput } from './decide-attempt.ts';
import { armWait } from './decide-signal.ts';
import { accept, type Decision, refuse, unknownTask } from './decision.ts';

/** The most items that one FORK or loop works on. */
const itemsMax = 100_000;

/** Evaluates what a task waits for: its condition, its decision, or the expressions it consists of. */
export function evaluateTask(run: Run, address: string): Decision {
  const task = run.chart.plan.get(localId(address))?.task;
  const state = taskAt(run.state, address);
  if (task === undefined || state === undefined) return unknownTask(address);
  if (!isPartOfRun(run, address)) return nothing(address, 'part of nothing that goes on');
  const { attempt } = state;
  switch (state.state) {
    case 'conditional':
      return evaluateCondition(run, address);
    case 'naming':
      return evaluateNames(run, address);
    case 'deciding':
      return task.type === 'DECISION' ? makeDecision(run, address, task) : nothing(address, state.state);
    case 'listing':
      return listItems(run, address, attempt);
    case 'looping':
      return evaluateLoop(run, address, state);
    case 'arming':
      return task.type === 'WAIT' ? armWait(run, address, task, attempt) : nothing(address, state.state);
    case 'shaping':
      return shape(run, address, state);
    case 'scheduled':
      return evaluateScheduled(run, address, task, attempt);
    default:
      return nothing(address, state.state);
  }
}

function evaluateScheduled(run: Run, address: string, task: Task, attempt: number): Decision {
  switch (task.type) {
    case 'TRANSFORM':
      return transform(run, address, attempt);
    case 'SET_VARIABLE':
      return setVariables(run, address, attempt);
    case 'TERMINATE':
      return reachTermination(run, address, task, attempt);
    case 'SIMPLE':
      return stopForBudget(run, address, attempt);
    default:
      return nothing(address, 'scheduled');
  }
}

/** The budget of the run is used up, or somebody has to say that it may go on: they resume it. */
function stopForBudget(run: Run, address: string, attempt: number): Decision {
  const stop = budgetStop(run);
  if (stop === undefined) return nothing(address, 'scheduled');
  if (stop.kind === 'ask') {
    const reason = `the budget is nearly used up (${stop.what}): resume the run to go on`;
    return accept(RunPaused.of({ reason, budget: 'asked' }));
  }
  const message = `no model is asked any more, the budget is used up: ${stop.what}`;
  const error = { code: 'budget.exceeded', message, retryable: false };

  return accept(TaskFailed.of({ task: address, attempt, error }));
}

function nothing(task: string, state: string): Decision {
  return refuse('task.nothing-to-evaluate', `${task} is ${state}: there is nothing to evaluate`);
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
  if (!isPartOfRun(run, task)) return nothing(task, 'part of nothing that goes on');

  return accept(TaskFailed.of({ task, attempt: taskAt(run.state, task)?.attempt || 1, error: tooLarge }));
}

export function refuseOutput(): Decision {
  return accept(RunFailed.of({ error: tooLarge }));
}

const tooLarge: ErrorData = {
  code: 'output.too-large',
  message: 'what its expressions give is larger than one record of the journal may be',
  retryable: false,
};

function evaluateCondition(run: Run, task: string): Decision {
  const when = run.chart.templates.get(localId(task))?.when;
  if (when === undefined) return refuse('task.nothing-to-evaluate', `${task} has no condition`);
  const evaluated = when.evaluate(scopeOf(run, when.references, task));
  if (!evaluated.ok) return accept(failure(task, 1, evaluated.error));

  return accept(ConditionEvaluated.of({ task, result: evaluated.result, values: { ...evaluated.values } }));
}

function evaluateNames(run: Run, task: string): Decision {
  const template = run.chart.templates.get(localId(task))?.names;
  if (template === undefined) return refuse('task.nothing-to-evaluate', `${task} has no names to evaluate`);
  const rendered = render(run, template, { address: task });
  if (!rendered.ok) return accept(failure(task, 1, rendered.error));
  const read = readNames(rendered.value);
  if ('names' in read) return accept(NamesEvaluated.of({ task, names: read.names as Record<string, Json> }));
  const message = `${read.key} of ${task} ${read.problem}`;
  const error = { code: read.code, message, retryable: false, details: { key: read.key } };

  return accept(TaskFailed.of({ task, attempt: 1, error }));
}

function makeDecision(run: Run, address: string, task: DecisionTask): Decision {
  const templates = run.chart.templates.get(task.id);
  if (templates?.param === undefined)
    return refuse('task.nothing-to-evaluate', `${address} has no decision_param`);
  const param = templates.param.render(scopeOf(run, templates.param.references, address));
  if (!param.ok) return accept(failure(address, 1, param.error));
  const selected = task.cases.filter(({ value }) => value === textOf(param.value));
  for (const each of selected) {
    const condition = templates.cases.get(each.value);
    if (condition === undefined) return accept(decisionMade(address, task, param.value, each));
    const holds = condition.evaluate(scopeOf(run, condition.references, address));
    if (!holds.ok) return accept(failure(address, 1, holds.error));
    if (holds.result) return accept(decisionMade(address, task, param.value, each));
  }

  return accept(decisionMade(address, task, param.value, undefined));
}

function decisionMade(address: string, task: DecisionTask, value: Json, taken: DecisionCase | undefined) {
  if (taken !== undefined)
    return DecisionMade.of({ task: address, value, case: taken.value, next: [...taken.next] });
  if (task.defaultNext !== undefined) {
    return DecisionMade.of({ task: address, value, case: 'default', next: [...task.defaultNext] });
  }

  return DecisionMade.of({ task: address, value, next: [] });
}

/** The keys of `decision_cases` are text: `true` selects the case `true`, 3 the case `3`. */
function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function transform(run: Run, task: string, attempt: number): Decision {
  const output = run.chart.templates.get(localId(task))?.output;
  const rendered =
    output === undefined ? { ok: true as const, value: {} } : render(run, output, { address: task });
  if (!rendered.ok) return accept(failure(task, attempt, rendered.error));

  return accept(TaskCompleted.of({ task, attempt, output: rendered.value }));
}

/** What the chart made of a task, as the definition wants it. */
function shape(run: Run, task: string, { attempt, output = null }: TaskState): Decision {
  const misfit = misfitOfOutput(run, task, outputOf(run, output));
  if (misfit !== undefined) return accept(TaskFailed.of({ task, attempt, error: misfit }));
  const template = run.chart.templates.get(localId(task))?.output;
  if (template === undefined) return accept(TaskCompleted.of({ task, attempt, output }));
  const rendered = render(run, template, { address: task, result: outputOf(run, output) });
  if (!rendered.ok) return accept(failure(task, attempt, rendered.error));

  return accept(TaskCompleted.of({ task, attempt, output: rendered.value }));
}

function setVariables(run: Run, task: string, attempt: number): Decision {
  const template = run.chart.templates.get(localId(task))?.variables;
  const rendered =
    template === undefined ? { ok: true as const, value: {} } : render(run, template, { address: task });
  if (!rendered.ok) return accept(failure(task, attempt, rendered.error));

  return accept(VariablesSet.of({ task, values: { ...(rendered.value as Record<string, Json>) } }));
}

function reachTermination(run: Run, address: string, task: TerminateTask, attempt: number): Decision {
  const templates = run.chart.templates.get(task.id);
  const reason = templates?.reason === undefined ? undefined : render(run, templates.reason, { address });
  if (reason?.ok === false) return accept(failure(address, attempt, reason.error));
  const output = templates?.output === undefined ? undefined : render(run, templates.output, { address });
  if (output?.ok === false) return accept(failure(address, attempt, output.error));

  return accept(
    TerminationReached.of({
      task: address,
      status: task.status,
      ...(task.scope === undefined ? {} : { scope: task.scope }),
      ...(task.errorCode === undefined ? {} : { errorCode: task.errorCode }),
      ...(reason === undefined ? {} : { reason: textOf(reason.value) }),
      ...(output === undefined ? {} : { output: output.value }),
    }),
  );
}

/** Makes the list that a FORK or a loop works on. */
function listItems(run: Run, task: string, attempt: number): Decision {
  const id = localId(task);
  const list = run.chart.templates.get(id)?.list;
  if (list === undefined) return refuse('task.nothing-to-evaluate', `${task} has no list`);
  const rendered = list.render(scopeOf(run, list.references, task));
  if (!rendered.ok) return accept(failure(task, attempt, rendered.error));
  const items = rendered.value;
  if (!Array.isArray(items))
    return failed('items.not-a-list', `${task} needs a list, and got ${shown(items)}`);
  const most = mostOf(run, id);
  if (items.length > most.count) {
    return failed(most.code, `${task} has ${items.length} items, and at most ${most.count} are allowed`);
  }

  return accept(ItemsListed.of({ task, attempt, count: items.length, items }));

  function failed(code: string, message: string): Decision {
    return accept(TaskFailed.of({ task, attempt, error: { code, message, retryable: false } }));
  }
}

function mostOf(run: Run, id: string): { readonly count: number; readonly code: string } {
  const task = run.chart.plan.get(id)?.task;

  return task?.type === 'DO_WHILE'
    ? { count: task.maxIterations, code: 'loop.max-iterations' }
    : { count: itemsMax, code: 'items.too-many' };
}

function shown(value: Json): string {
  return JSON.stringify(value).slice(0, 200);
}

/** Looks after a pass whether another one follows. */
function evaluateLoop(run: Run, task: string, { attempt, body }: TaskState): Decision {
  const condition = run.chart.templates.get(localId(task))?.loopCondition;
  if (condition === undefined) return refuse('task.nothing-to-evaluate', `${task} has no condition`);
  const evaluated = condition.evaluate(scopeOf(run, condition.references, task));
  if (!evaluated.ok) return accept(failure(task, attempt, evaluated.error));
  const { result, values } = evaluated;

  return accept(
    LoopEvaluated.of({ task, attempt, iteration: body?.opened ?? 1, result, values: { ...values } }),
  );
}
