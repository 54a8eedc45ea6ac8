import type { Json } from '../../events/canonical-json.ts';
import type { Definition } from '../definition.ts';
import { checkForm } from '../language/check-form.ts';
import type { HumanTask, Task } from '../task.ts';
import type { World } from './reading.ts';
import { anyItem, type Spot } from './spot.ts';

/** The examples of what a task is given from outside, as its definition has them. */
export function examplesFor({ examples }: Definition, task: Task): readonly Json[] {
  if (examples === undefined) return [];
  switch (task.type) {
    case 'WAIT':
      return ofName(examples.signals, task.signal ?? '');
    case 'HUMAN':
      return ofName(examples.answers, task.id).map((data) => filledIn(task, data));
    default:
      // The runs that a FORK starts for its items belong to a task that nobody has written: `<fork>/<item>`.
      return ofName(examples.results, task.id.replace(/\/.*$/, ''));
  }
}

function filledIn({ form }: HumanTask, data: Json): Json {
  const checked = form === undefined ? undefined : checkForm(form, data);

  return checked?.ok === true ? checked.data : data;
}

function ofName(values: Readonly<Record<string, readonly Json[]>>, name: string): readonly Json[] {
  return Object.hasOwn(values, name) ? (values[name] ?? []) : [];
}

/** Has the parts of all examples be values of their places, beside those that were found there. */
export function plantExamples(definition: Definition, tasks: readonly Task[], source: World['source']): void {
  for (const value of definition.examples?.input ?? []) plant(source('input'), value);
  for (const task of tasks) {
    const kind = task.type === 'WAIT' ? 'signal' : task.type === 'HUMAN' ? 'answer' : 'result';
    for (const value of examplesFor(definition, task)) plant(source(kind, task.id), value);
  }
}

function plant(spot: Spot, value: Json): void {
  if (spot.parts.size === 0 || typeof value !== 'object' || value === null) {
    spot.examples.push(value);
    return;
  }
  const items = Array.isArray(value)
    ? (value as readonly Json[]).map((item) => [anyItem, item] as const)
    : undefined;
  for (const [name, part] of items ?? Object.entries(value)) {
    const below = spot.parts.get(name);
    if (below !== undefined) plant(below, part);
  }
}
