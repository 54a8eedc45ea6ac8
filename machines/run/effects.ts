import type { Orphan, TaskState } from '../chart/run/run-state.ts';
import { begunTasksIn, isUnderWay, localId, parseAddress, taskAt } from '../chart/task-at.ts';
import { isFinal, isOpenBody, isSettled } from '../chart/task-status.ts';
import { asked } from '../chart/task-table.ts';
import { openItemsOf } from '../chart/tasks/body.ts';
import type { Task } from '../task.ts';
import { budgetStop } from './budget-stop.ts';
import { type Run, undoingTasks } from './run.ts';

/** Work that the core asks the shell for. Derived from state alone, so that a crash before it loses nothing. */
export type Effect =
  /** Carry out an attempt. */
  | { readonly kind: 'execute'; readonly task: string; readonly attempt: number }
  /** Evaluate the condition, the decision or the expressions of a task, and decide by the result. */
  | { readonly kind: 'evaluate'; readonly task: string }
  /** Make the output of the run, and complete it. */
  | { readonly kind: 'conclude' }
  /** Name the run that is to carry the attempt out. */
  | { readonly kind: 'delegate'; readonly task: string; readonly attempt: number }
  /** Start that run if it is not there yet, and tell its end. */
  | { readonly kind: 'follow'; readonly task: string; readonly attempt: number; readonly child: string }
  /** Have a run end that this one has no use for any more, and tell when it has. */
  | { readonly kind: 'abandon'; readonly orphan: Orphan }
  | { readonly kind: 'startFailureWorkflow' }
  /** Ask for a place among the runs that may be under way at once. */
  | { readonly kind: 'admit'; readonly key: string };

/** All the work a run waits for from the shell, in the order of its definition. Nothing while it is paused or final. */
export function pendingEffects(run: Run): readonly Effect[] {
  return effectsOf(run, [...begunTasksIn(run.state.tasks)]);
}

/** The same for some of the tasks: those that an event changed. */
export function effectsOfChanged(run: Run, changed: readonly string[]): readonly Effect[] {
  return effectsOf(
    run,
    changed.flatMap((text) => {
      const task = taskAt(run.state, text);
      const address = text.includes('[') ? parseAddress(text) : undefined;
      const isOver = address !== undefined && !isUnderWay(run.state, address);
      return task === undefined || isOver ? [] : [[text, task] as const];
    }),
  );
}

function effectsOf(run: Run, tasks: readonly (readonly [string, TaskState])[]): readonly Effect[] {
  const { status, phase, orphans = [] } = run.state;
  if (isFinal(status)) return [];
  const abandoned = orphans.map((orphan): Effect => ({ kind: 'abandon', orphan }));
  if (status === 'PAUSED') return abandoned;

  switch (phase) {
    case 'queued':
      return [...abandoned, { kind: 'admit', key: run.state.concurrencyKey ?? '' }];
    case 'concluding':
      return [...abandoned, { kind: 'conclude' }];
    case 'cancelling':
      return abandoned;
    case 'compensating':
      return [...abandoned, ...effectsAt(run, undoingTasks(run))];
    case 'notifying':
      return [...abandoned, { kind: 'startFailureWorkflow' }];
    default:
      return [...abandoned, ...effectsAt(run, tasks)];
  }
}

function effectsAt(run: Run, tasks: readonly (readonly [string, TaskState])[]): readonly Effect[] {
  return tasks.flatMap(([address, task]) => effectOf(run, address, task));
}

/** What a task in this state waits for from the shell, whatever the run is doing. */
export function effectOf(run: Run, address: string, { state, attempt, child }: TaskState): readonly Effect[] {
  const task = run.chart.plan.get(localId(address))?.task;
  switch (state) {
    case 'conditional':
    case 'naming':
    case 'deciding':
    case 'listing':
    case 'looping':
    case 'arming':
      return [{ kind: 'evaluate', task: address }];
    case 'scheduled':
    case 'in_progress':
    case 'shaping':
      if (task?.type === 'SUB_WORKFLOW' && state === 'scheduled') {
        return [{ kind: 'delegate', task: address, attempt }];
      }
      return [
        isPure(task, state) || stopsForBudget(run, task, state)
          ? { kind: 'evaluate', task: address }
          : { kind: 'execute', task: address, attempt },
      ];
    case 'delegated':
      return child === undefined ? [] : [{ kind: 'follow', task: address, attempt, child: child.run }];
    default:
      return [];
  }
}

/** The states in which a task waits for the shell: those that `effectOf` knows. */
const asking: ReadonlySet<string> = new Set([
  ...['conditional', 'naming', 'deciding', 'listing', 'looping', 'arming'],
  ...['scheduled', 'in_progress', 'shaping', 'delegated'],
]);

/**
 * Whether the shell has nothing to do for a run that has not ended: only a due time, a person, a signal or another
 * request moves it. What a paused run would do when it goes on counts as well.
 */
export function isIdle({ state: { status, phase, orphans = [], tasks } }: Run): boolean {
  if (isFinal(status) || orphans.length > 0) return false;
  if (phase !== 'running' && phase !== 'paused') return false;

  return !askShell(tasks);
}

/** Every event of every run asks: the first task that is at work ends the search. */
const askShell = asked<boolean>({
  none: false,
  add: (_before, task) => asksShell(task),
  both: (one, other) => one || other,
  last: true,
});

function asksShell(task: TaskState): boolean {
  if (isSettled(task)) return false;
  if (asking.has(task.state)) return true;
  if (task.body === undefined || !isOpenBody(task)) return false;
  for (const [, item] of openItemsOf(task.body)) if (askShell(item.tasks ?? {})) return true;

  return false;
}

/** A turn that has not begun is decided by the core where the budget is used up, or somebody has to agree. */
function stopsForBudget(run: Run, task: Task | undefined, state: string): boolean {
  return state === 'scheduled' && task?.performer.kind === 'model' && budgetStop(run) !== undefined;
}

const attempted: ReadonlySet<Task['type']> = new Set(['SIMPLE', 'HTTP', 'EVENT']);

/**
 * What is made of expressions alone stays in the core, unless it is also written to a file: a TRANSFORM by its one
 * attempt, any other type once it is known.
 */
function isPure(task: Task | undefined, state: string): boolean {
  if (task === undefined || attempted.has(task.type)) return false;

  return task.outputTo === undefined || (state === 'scheduled' && task.type !== 'TRANSFORM');
}
