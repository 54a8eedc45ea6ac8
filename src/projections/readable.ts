import { planOf } from '../../machines/chart/plan.ts';
import type { Definition } from '../../machines/definition.ts';
import { inputType } from '../../machines/language/check-input.ts';
import { knownOutputs, typeOfConstant } from '../../machines/language/references/known-outputs.ts';
import type { KnownWorld } from '../../machines/language/world/world.ts';
import type { Task } from '../../machines/task.ts';
import type { Readable } from '../api/vocabulary.ts';
import { shownType } from './task/shown-type.ts';

type Actions = KnownWorld['actions'];

/**
 * What expressions of a definition can read: its inputs, its variables, and its tasks with what they give; those of
 * `actions`, too.
 */
export function readableIn(definition: Definition, actions?: Actions): Readable {
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
    tasks: [...tasks.values()].map((task) => readableTask(task, (id) => tasks.get(id), actions)),
  };
}

function readableTask(
  task: Task,
  taskOf: (id: string) => Task | undefined,
  actions: Actions,
): Readable['tasks'][number] {
  const outputs = knownOutputs(task, taskOf) ?? outputsOfAction(task, actions);

  return {
    id: task.id,
    type: shownType(task),
    ...(task.name === undefined ? {} : { name: task.name }),
    ...(outputs === undefined ? {} : { outputs: [...outputs].map(([name, { type }]) => ({ name, type })) }),
  };
}

/** A task that declares outputs of its own, or has something stand in for it, gives these and not the action's. */
function outputsOfAction(
  task: Task,
  actions: Actions,
): ReadonlyMap<string, { readonly type: string }> | undefined {
  if (task.type !== 'SIMPLE' || task.output !== undefined || task.fallback.length > 0) return undefined;
  const outputs = task.performer.kind === 'uses' ? actions?.[task.performer.action]?.outputs : undefined;

  return outputs && new Map(Object.entries(outputs).map(([name, type]) => [name, { type }]));
}
