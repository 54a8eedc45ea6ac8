import type { Json } from '../../events/canonical-json.ts';
import type { Definition } from '../definition.ts';
import {
  type CompiledCondition,
  type CompiledExpression,
  compileCondition,
  compileExpression,
} from '../expressions/condition.ts';
import { type CompiledTemplate, compileTemplate } from '../expressions/template.ts';
import type { Task } from '../task.ts';

/** The expressions of a task, parsed once. */
export type TaskTemplates = {
  readonly when?: CompiledCondition;
  readonly input: CompiledTemplate;
  /** Reshapes the result; absent where the output is the result as it is. */
  readonly output?: CompiledTemplate;
  readonly outputTo?: CompiledTemplate;
  readonly param?: CompiledExpression;
  /** The condition of each case of a DECISION, by the value of the case. */
  readonly cases: ReadonlyMap<string, CompiledCondition>;
};

/** The compiled expressions of every task. Throws on one that does not parse: the checker has refused it before. */
export function templatesOf(definition: Definition): ReadonlyMap<string, TaskTemplates> {
  return new Map(definition.tasks.map((task) => [task.id, taskTemplates(task)]));
}

/** A template that the checker accepted. */
export function parsedTemplate(source: Json): CompiledTemplate {
  const compiled = compileTemplate(source);
  if (!compiled.ok) throw new Error(`unchecked template: ${compiled.problems[0]?.message ?? ''}`);

  return compiled.template;
}

function taskTemplates(task: Task): TaskTemplates {
  const output = task.output?.kind === 'map' ? { output: parsedTemplate(task.output.map) } : {};

  return {
    ...(task.when === undefined ? {} : { when: parsedCondition(task.when) }),
    input: parsedTemplate(task.input ?? {}),
    ...output,
    ...(task.outputTo === undefined ? {} : { outputTo: parsedTemplate(task.outputTo) }),
    ...(task.type === 'DECISION' ? { param: parsedExpression(task.param) } : {}),
    cases: new Map(task.type === 'DECISION' ? conditionsOf(task.cases) : []),
  };
}

function conditionsOf(cases: readonly { readonly value: string; readonly condition?: string }[]) {
  return cases.flatMap(({ value, condition }): [string, CompiledCondition][] =>
    condition === undefined ? [] : [[value, parsedCondition(condition)]],
  );
}

function parsedCondition(source: string): CompiledCondition {
  const compiled = compileCondition(source);
  if (!compiled.ok) throw new Error(`unchecked condition: ${compiled.problems[0]?.message ?? ''}`);

  return compiled.condition;
}

function parsedExpression(source: string): CompiledExpression {
  const compiled = compileExpression(source);
  if (!compiled.ok) throw new Error(`unchecked expression: ${compiled.problems[0]?.message ?? ''}`);

  return compiled.expression;
}
