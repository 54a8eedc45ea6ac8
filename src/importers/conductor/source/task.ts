import type { Json } from '../../../../events/canonical-json.ts';
import { below, isArray, isMap, type JsonMap, listAt, mapAt, textAt } from './parse-json.ts';

/** A task of a Conductor definition. */
export type ConductorTask = {
  /** What expressions call it. */
  readonly ref: string;
  /** The name of its task definition, which workers ask for. */
  readonly name: string;
  readonly type: string;
  readonly raw: JsonMap;
  readonly input: JsonMap;
  readonly pointer: string;
};

/** The tasks of a list; what is no task at all is left out. */
export function tasksOf(value: Json | undefined, pointer: string): readonly ConductorTask[] {
  if (!isArray(value)) return [];

  return value.flatMap((each, index) => (isMap(each) ? [taskOf(each, below(pointer, index))] : []));
}

function taskOf(raw: JsonMap, pointer: string): ConductorTask {
  const type = (textAt(raw, 'type') ?? textAt(raw, 'workflowTaskType') ?? 'SIMPLE').trim();
  const ref = textAt(raw, 'taskReferenceName') ?? textAt(raw, 'name') ?? type;

  return {
    ref,
    name: textAt(raw, 'name') ?? ref,
    type,
    raw,
    input: mapAt(raw, 'inputParameters'),
    pointer,
  };
}

export type TaskLists = readonly { readonly key: string; readonly tasks: readonly ConductorTask[] }[];

/** The cases of a decision, those without tasks left out: Conductor takes the default for them too. */
export function casesOf({ raw, pointer }: ConductorTask): TaskLists {
  return Object.entries(mapAt(raw, 'decisionCases'))
    .map(([key, list]) => ({ key, tasks: tasksOf(list, below(pointer, 'decisionCases', key)) }))
    .filter(({ tasks }) => tasks.length > 0);
}

export function defaultOf({ raw, pointer }: ConductorTask): readonly ConductorTask[] {
  return tasksOf(raw['defaultCase'], below(pointer, 'defaultCase'));
}

export function branchesOf({ raw, pointer }: ConductorTask): readonly (readonly ConductorTask[])[] {
  return listAt(raw, 'forkTasks')
    .map((list, index) => tasksOf(list, below(pointer, 'forkTasks', index)))
    .filter((tasks) => tasks.length > 0);
}

export function bodyOf({ raw, pointer }: ConductorTask): readonly ConductorTask[] {
  return tasksOf(raw['loopOver'], below(pointer, 'loopOver'));
}

/** A task with every task inside it, in the order of the document. */
export function withInner(task: ConductorTask): readonly ConductorTask[] {
  const lists = [
    ...casesOf(task).map(({ tasks }) => tasks),
    defaultOf(task),
    ...branchesOf(task),
    bodyOf(task),
  ];

  return [task, ...lists.flat().flatMap(withInner)];
}
