import type { Json } from '../../events/canonical-json.ts';
import {
  type CompiledCondition,
  type CompiledExpression,
  compileCondition,
  compileExpression,
} from '../expressions/condition.ts';
import { type CompiledTemplate, compileTemplate } from '../expressions/template.ts';
import type { Task } from '../task.ts';
import { nameTemplate } from '../task-names.ts';

/** The expressions of a task, parsed once. */
export type TaskTemplates = {
  readonly when?: CompiledCondition;
  /** The names that are made of expressions. */
  readonly names?: CompiledTemplate;
  readonly input: CompiledTemplate;
  /** Reshapes the result; absent where the output is the result as it is. */
  readonly output?: CompiledTemplate;
  readonly outputTo?: CompiledTemplate;
  readonly param?: CompiledExpression;
  /** The list that a FORK or a loop works on. */
  readonly list?: CompiledTemplate | CompiledExpression;
  readonly loopCondition?: CompiledCondition;
  readonly until?: CompiledTemplate;
  /** Which signal a WAIT is about. */
  readonly match?: CompiledCondition;
  /** What a SET_VARIABLE sets. */
  readonly variables?: CompiledTemplate;
  /** Why a TERMINATE ends the run. */
  readonly reason?: CompiledTemplate;
  /** The condition of each case of a DECISION, by the value of the case. */
  readonly cases: ReadonlyMap<string, CompiledCondition>;
};

/** The compiled expressions of every task. Throws on one that does not parse: the checker has refused it before. */
export function templatesOf(tasks: readonly Task[]): ReadonlyMap<string, TaskTemplates> {
  return new Map(tasks.map((task) => [task.id, taskTemplates(task)]));
}

/** A template that the checker accepted. */
export function parsedTemplate(source: Json): CompiledTemplate {
  const compiled = compileTemplate(source);
  if (!compiled.ok) throw new Error(`unchecked template: ${compiled.problems[0]?.message ?? ''}`);

  return compiled.template;
}

function taskTemplates(task: Task): TaskTemplates {
  const output = task.output?.kind === 'map' ? { output: parsedTemplate(task.output.map) } : {};
  const names = nameTemplate(task);

  return {
    ...(task.when === undefined ? {} : { when: parsedCondition(task.when) }),
    ...(names === undefined ? {} : { names: parsedTemplate(names) }),
    input: parsedTemplate(task.input ?? {}),
    ...output,
    ...(task.outputTo === undefined ? {} : { outputTo: parsedTemplate(task.outputTo) }),
    ...(task.type === 'DECISION' ? { param: parsedExpression(task.param) } : {}),
    ...typeTemplates(task),
    cases: new Map(task.type === 'DECISION' ? conditionsOf(task.cases) : []),
  };
}

/** The expressions that only tasks of one type have. */
function typeTemplates(task: Task): Omit<TaskTemplates, 'input' | 'cases'> {
  switch (task.type) {
    case 'FORK':
      return task.forEach === undefined ? {} : { list: parsedExpression(task.forEach) };
    case 'DO_WHILE':
      return {
        ...(task.items === undefined ? {} : { list: parsedTemplate(task.items) }),
        ...(task.loopCondition === undefined ? {} : { loopCondition: parsedCondition(task.loopCondition) }),
      };
    case 'WAIT':
      return {
        ...(task.until === undefined ? {} : { until: parsedTemplate(task.until) }),
        ...(task.match === undefined ? {} : { match: parsedCondition(task.match) }),
      };
    case 'SET_VARIABLE':
      return { variables: parsedTemplate(task.variables) };
    case 'TERMINATE':
      return task.reason === undefined ? {} : { reason: parsedTemplate(task.reason) };
    default:
      return {};
  }
}

function conditionsOf(cases: readonly { readonly value: string; readonly condition?: string }[]) {
  return cases.flatMap(({ value, condition }): [string, CompiledCondition][] =>
    condition === undefined ? [] : [[value, parsedCondition(condition)]],
  );
}

/** A condition that the checker accepted. */
export function parsedCondition(source: string): CompiledCondition {
  const compiled = compileCondition(source);
  if (!compiled.ok) throw new Error(`unchecked condition: ${compiled.problems[0]?.message ?? ''}`);

  return compiled.condition;
}

/** An expression that the checker accepted. */
export function parsedExpression(source: string): CompiledExpression {
  const compiled = compileExpression(source);
  if (!compiled.ok) throw new Error(`unchecked expression: ${compiled.problems[0]?.message ?? ''}`);

  return compiled.expression;
}
