import type { Definition, InputProperty } from '../definition.ts';
import { commonType, typeOfValue, type ValueType } from '../expressions/typing/value-type.ts';
import { knownOutputs, typeOfConstant } from './known-outputs.ts';
import type { TaskGraph } from './outline.ts';

type Known = {
  readonly definition: Definition;
  readonly graph: TaskGraph;
  readonly names: ReadonlySet<string>;
};

/** The type of what an expression reads at one place of a definition: `any` unless it can be nothing else. */
export function knownType([root = '', ...rest]: readonly string[], known: Known): ValueType {
  if (known.names.has(root)) return typeOfPlaced(root, rest);
  if (root === 'workflow') return typeInWorkflow(rest, known);
  if (root === 'tasks') return rest[0] === undefined ? 'map' : typeInTask(rest[0], rest.slice(1), known);
  if (root === 'secrets') return rest.length === 0 ? 'map' : 'any';

  return typeInTask(root, rest, known);
}

function typeOfPlaced(root: string, rest: readonly string[]): ValueType {
  if (root === 'index' && rest.length === 0) return 'number';
  if (root !== 'loop') return 'any';

  return rest[0] === 'iteration' && rest.length === 1 ? 'number' : 'any';
}

function typeInWorkflow([member, name, ...deeper]: readonly string[], known: Known): ValueType {
  if (deeper.length > 0) return 'any';
  if (name === undefined) return member === 'id' || member === 'run_id' ? 'text' : 'any';
  if (member === 'variables') return typeOfVariable(name, known);
  const input = Object.hasOwn(known.definition.input, name) ? known.definition.input[name] : undefined;

  return member === 'input' && input !== undefined ? typeOfInput(input) : 'any';
}

function typeOfInput({ type, enum: listed }: InputProperty): ValueType {
  switch (type) {
    case undefined:
      return listed === undefined ? 'any' : commonType(listed.map(typeOfValue));
    case 'string':
      return 'text';
    case 'integer':
      return 'number';
    case 'array':
      return 'list';
    case 'object':
      return 'map';
    default:
      return type;
  }
}

/** A variable is whatever it is first, or was set to since. */
function typeOfVariable(name: string, { definition, graph }: Known): ValueType {
  const set = [...graph.sites.values()].flatMap(({ task }) =>
    task.type === 'SET_VARIABLE' ? [task.variables] : [],
  );
  const values = [definition.variables, ...set].flatMap((variables) =>
    Object.hasOwn(variables, name) ? [variables[name] ?? null] : [],
  );

  return commonType(values.map(typeOfConstant));
}

function typeInTask(id: string, [member, name, ...deeper]: readonly string[], { graph }: Known): ValueType {
  const taskOf = (each: string) => graph.sites.get(each)?.task;
  const task = taskOf(id);
  if (task === undefined || deeper.length > 0) return 'any';
  if (member === 'status' && name === undefined) return 'text';
  if (member !== 'output' || name === undefined) return 'any';

  return knownOutputs(task, taskOf)?.get(name) ?? 'any';
}
