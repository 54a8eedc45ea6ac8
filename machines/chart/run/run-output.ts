import type { Json } from '../../../events/canonical-json.ts';
import type { Definition } from '../../definition.ts';
import type { Task } from '../../task.ts';
import { isCompleted } from '../task-status.ts';
import type { RunState } from './run-state.ts';

/**
 * The output of a completed run that its expressions did not give: for each name the output of the completed task that
 * declares it (the last one, if several did; null, if none).
 */
export function runOutput(run: RunState, definition: Definition): Json {
  if (definition.output.kind === 'map') return null;

  return Object.fromEntries(definition.output.names.map((name) => [name, declared(run, name, definition)]));
}

function declared(run: RunState, name: string, definition: Definition): Json {
  const values = definition.tasks
    .filter((task) => declares(task, name))
    .flatMap((task) => outputOf(run, task, name));

  return values.at(-1) ?? null;
}

function declares({ output }: Task, name: string): boolean {
  if (output === undefined) return false;

  return output.kind === 'names' ? output.names.includes(name) : Object.hasOwn(output.map, name);
}

function outputOf(run: RunState, { id }: Task, name: string): readonly Json[] {
  const task = run.tasks[id];
  const output = task?.output;
  if (task === undefined || !isCompleted(task) || typeof output !== 'object' || output === null) return [];
  const value = (output as Readonly<Record<string, Json>>)[name];

  return value === undefined ? [] : [value];
}
