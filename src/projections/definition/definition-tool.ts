import type { Json } from '../../../events/canonical-json.ts';
import { planOf } from '../../../machines/chart/plan.ts';
import type { Definition } from '../../../machines/definition.ts';
import type { InputProperty } from '../../../machines/input-property.ts';
import { inputType } from '../../../machines/language/check-input.ts';
import { defined } from '../../../machines/language/defined.ts';
import type { Task } from '../../../machines/task.ts';
import type { DefinitionTool } from '../../api/definitions.ts';

/** A definition as a tool. Its schemas are JSON Schema, as clients hand them to a model. */
export function definitionTool(definition: Definition): DefinitionTool {
  const { id, version, name, description } = definition;

  return {
    name: id,
    version,
    ...(name === undefined ? {} : { title: name }),
    description: description ?? name ?? `Starts a run of the workflow ${id}`,
    input: objectSchema(definition.input),
    output: outputSchema(definition),
    mayDo: mayDo(definition),
  };
}

function objectSchema(properties: Definition['input']): Readonly<Record<string, Json>> {
  const required = Object.entries(properties).flatMap(([name, property]) =>
    property.required ? [name] : [],
  );

  return {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [name, propertySchema(property)]),
    ),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}

function propertySchema(property: InputProperty): Json {
  const { description, pattern, minimum, maximum, minLength, maxLength, items, secret } = property;

  return defined({
    type: inputType(property),
    description,
    ...(property.default === undefined || secret ? {} : { default: property.default }),
    ...(property.enum === undefined ? {} : { enum: [...property.enum] }),
    ...{ pattern, minimum, maximum, minLength, maxLength, items },
    ...(secret ? { writeOnly: true } : {}),
  });
}

/** What the outputs are like is known by name alone: they are made of expressions. */
function outputSchema({ output }: Definition): Readonly<Record<string, Json>> {
  const names = output.kind === 'names' ? output.names : Object.keys(output.map);

  return { type: 'object', properties: Object.fromEntries(names.map((name) => [name, {}])) };
}

function mayDo(definition: Definition): DefinitionTool['mayDo'] {
  const tasks = [...planOf(definition).values()].map(({ task }) => task);

  return {
    changes: definition.failureWorkflow !== undefined || tasks.some(mayChange),
    reachesOut: tasks.some(reachesOut),
    asksPeople: tasks.some(({ type }) => type === 'HUMAN'),
  };
}

/** What a command, an action, an agent or another run does is not known: it may be anything. */
function mayChange(task: Task): boolean {
  if (task.outputTo !== undefined) return true;
  switch (task.type) {
    case 'HTTP':
      return !/^(get|head|options)$/i.test(task.request.method);
    case 'FORK':
      return task.body !== undefined && 'workflow' in task.body;
    case 'SIMPLE':
    case 'SUB_WORKFLOW':
    case 'EVENT':
      return true;
    case 'DECISION':
    case 'JOIN':
    case 'DO_WHILE':
    case 'WAIT':
    case 'HUMAN':
    case 'SET_VARIABLE':
    case 'TRANSFORM':
    case 'TERMINATE':
    case 'NOOP':
      return false;
  }
}

function reachesOut(task: Task): boolean {
  if (task.type === 'SIMPLE') return task.performer.kind !== 'uses';

  return ['HTTP', 'HUMAN', 'EVENT', 'SUB_WORKFLOW'].includes(task.type);
}
