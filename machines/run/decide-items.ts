import type { Json } from '../../events/canonical-json.ts';
import { ItemsListed, LoopEvaluated, TaskFailed } from '../../events/task-events.ts';
import { localId } from '../compile/address.ts';
import type { TaskState } from '../compile/run-state.ts';
import { accept, type Decision, refuse } from './decision.ts';
import { failure } from './render.ts';
import type { Run } from './run.ts';
import { scopeOf } from './scope.ts';

/** The most items that one FORK or loop works on. */
const itemsMax = 100_000;

/** Makes the list that a FORK or a loop works on. */
export function listItems(run: Run, task: string, attempt: number): Decision {
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
export function evaluateLoop(run: Run, task: string, { attempt, body }: TaskState): Decision {
  const condition = run.chart.templates.get(localId(task))?.loopCondition;
  if (condition === undefined) return refuse('task.nothing-to-evaluate', `${task} has no condition`);
  const evaluated = condition.evaluate(scopeOf(run, condition.references, task));
  if (!evaluated.ok) return accept(failure(task, attempt, evaluated.error));
  const { result, values } = evaluated;

  return accept(
    LoopEvaluated.of({ task, attempt, iteration: body?.opened ?? 1, result, values: { ...values } }),
  );
}
