import type { Definition } from '../definition.ts';
import type { Task, TaskType } from '../task.ts';
import type { Problem } from './problem.ts';

/** What a definition asks for and this version cannot do. It has no line and column: the text is no longer at hand. */
export type NotExecutable = Pick<Problem, 'code' | 'severity' | 'message' | 'path'>;

const executableTypes: ReadonlySet<TaskType> = new Set(['SIMPLE', 'DECISION', 'HUMAN', 'TRANSFORM', 'NOOP']);

/**
 * Names everything that the checker accepts and the engine cannot carry out yet: errors for what a run would need,
 * warnings for what only happens around it.
 */
export function notExecutable(definition: Definition): readonly NotExecutable[] {
  const { failureWorkflow, triggers, monitoring, concurrency } = definition;

  return [
    ...definition.tasks.flatMap(taskFindings),
    ...(concurrency === undefined ? [] : [error('concurrency', 'concurrency of runs')]),
    ...(failureWorkflow === undefined ? [] : [notice('failure_workflow')]),
    ...(triggers.length === 0 ? [] : [notice('triggers')]),
    ...(monitoring === undefined ? [] : [notice('monitoring')]),
  ];
}

function taskFindings(task: Task): readonly NotExecutable[] {
  const path = `tasks.${task.id}`;
  if (!executableTypes.has(task.type)) return [error(`${path}.type`, `a task of type ${task.type}`)];

  const fileless = task.outputTo !== undefined && task.type !== 'SIMPLE' && task.type !== 'TRANSFORM';

  return [
    ...(fileless ? [error(`${path}.output_to`, `output_to on a task of type ${task.type}`)] : []),
    ...(task.catch.length === 0 ? [] : [error(`${path}.catch`, 'catch')]),
    ...(task.compensate === undefined ? [] : [error(`${path}.compensate`, 'compensate')]),
    ...(task.circuitBreaker === undefined ? [] : [error(`${path}.circuit_breaker`, 'circuit_breaker')]),
    ...(task.retry.onExhausted === 'fail'
      ? []
      : [error(`${path}.retry_policy.on_exhausted`, 'on_exhausted: pause')]),
  ];
}

function error(path: string, what: string): NotExecutable {
  const message = `${what} is accepted by the checker, but cannot be carried out yet`;

  return { code: 'definition.not-executable', severity: 'error', message, path };
}

function notice(path: string): NotExecutable {
  return {
    code: 'definition.not-executable',
    severity: 'warning',
    message: `${path} is accepted, not carried out yet`,
    path,
  };
}
