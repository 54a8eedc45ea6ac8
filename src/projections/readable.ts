import { planOf } from '../../machines/chart/plan.ts';
import type { Definition } from '../../machines/definition.ts';
import { inputType } from '../../machines/language/check-input.ts';
import { knownOutputs, typeOfConstant } from '../../machines/language/references/known-outputs.ts';
import type { Task } from '../../machines/task.ts';
import type { Readable } from '../api/vocabulary.ts';

/** What expressions of a definition can read: its inputs, its variables, and its tasks with what they give. */
export function readableIn(definition: Definition): Readable {
  // The task of the run that a FORK starts for an item is nobody's writing.
  const written = [...planOf(definition)].filter(([address]) => !address.includes('/'));
  const tasks = new Map(written.map(([, { task }]) => [task.id, task]));

  return {
    inputs: Object.entries(definition.input).map(([name, property]) => ({
      name,
      type: inputType(property) ?? 'any',
      ...(property.description === undefined ? {} : { doc: property.description }),
    })),
    variables: Object.entries(definition.variables).map(([name, value]) => ({
      name,
      type: typeOfConstant(value),
    })),
    tasks: [...tasks.values()].map((task) => readableTask(task, (id) => tasks.get(id))),
  };
}

function readableTask(task: Task, taskOf: (id: string) => Task | undefined): Readable['tasks'][number] {
  const outputs = knownOutputs(task, taskOf);

  return {
    id: task.id,
    type: task.type,
    ...(task.name === undefined ? {} : { name: task.name }),
    ...(outputs === undefined ? {} : { outputs: [...outputs].map(([name, { type }]) => ({ name, type })) }),
  };
}
