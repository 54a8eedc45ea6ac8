import type { Json } from '../../../../events/canonical-json.ts';
import { below, isArray, isMap, type JsonMap, listAt, shown, textAt } from './parse-json.ts';

/** A workflow definition as it was found, and where. */
export type FoundWorkflow = { readonly raw: JsonMap; readonly pointer: string; readonly from: string };

/** The definitions of a document, whatever they are wrapped in, and what else stands beside them. */
export type FoundDefinitions = {
  readonly workflows: readonly FoundWorkflow[];
  readonly taskDefinitions: readonly JsonMap[];
  /** Members of a list that are neither. */
  readonly strangers: readonly string[];
};

const nothing: FoundDefinitions = { workflows: [], taskDefinitions: [], strangers: [] };
const lists = ['workflows', 'workflowDefs', 'workflowDefinitions', 'workflow_definitions', 'results'];
const taskLists = ['taskDefs', 'taskDefinitions', 'task_definitions'];
const wrappers = ['workflowDef', 'workflowDefinition', 'workflow_definition'];

/**
 * Looks for workflow definitions: one, a list, an export with lists of them, the request that starts a run with its
 * definition, or the record of a run, which holds its definition.
 */
export function findDefinitions(value: Json, pointer = ''): FoundDefinitions {
  if (isArray(value)) return gather(value.map((each, index) => findInList(each, below(pointer, index))));
  if (!isMap(value)) return nothing;
  if (isWorkflow(value)) return { ...nothing, workflows: [{ raw: value, pointer, from: 'definition' }] };
  const wrapped = wrappers.filter((key) => isMap(value[key]) && isWorkflow(value[key]));
  const found = wrapped.map((key) => wrappedIn(value, key, pointer));
  const listed = [...lists, ...taskLists].map((key) =>
    isArray(value[key]) ? findDefinitions(value[key], below(pointer, key)) : nothing,
  );
  const own =
    isTaskDefinition(value) && wrapped.length === 0 ? [{ ...nothing, taskDefinitions: [value] }] : [];

  return gather([...found, ...listed, ...own]);
}

/** Why a document holds no workflow definition, in words. */
export function describeStranger(value: Json): string {
  if (isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (!isMap(value)) return shown(value);
  const keys = Object.keys(value);

  return keys.length === 0 ? 'an empty object' : `an object with ${keys.slice(0, 6).join(', ')}`;
}

function wrappedIn(value: JsonMap, key: string, pointer: string): FoundDefinitions {
  const raw = value[key] as JsonMap;
  const name = textAt(raw, 'name') ?? textAt(value, 'name') ?? textAt(value, 'workflowName');
  const version = raw['version'] ?? value['version'] ?? 1;
  const from = value['workflowId'] === undefined ? 'start request' : 'record of a run';
  const named: JsonMap = name === undefined ? raw : { ...raw, name, version };

  return { ...nothing, workflows: [{ raw: named, pointer: below(pointer, key), from }] };
}

function findInList(value: Json, pointer: string): FoundDefinitions {
  const found = findDefinitions(value, pointer);
  const isStranger = found.workflows.length === 0 && found.taskDefinitions.length === 0;

  return isStranger ? { ...found, strangers: [...found.strangers, pointer] } : found;
}

function isWorkflow(value: JsonMap): boolean {
  if (!isArray(value['tasks'])) return false;
  const [first] = listAt(value, 'tasks');
  if (first === undefined) return value['schemaVersion'] !== undefined || value['name'] !== undefined;

  // The record of a run lists what was executed, not what is to be done.
  return isMap(first) && first['taskType'] === undefined && hasTaskKeys(first);
}

function hasTaskKeys(task: JsonMap): boolean {
  return textAt(task, 'taskReferenceName') !== undefined || textAt(task, 'name') !== undefined;
}

function isTaskDefinition(value: JsonMap): boolean {
  const marks = [
    'retryCount',
    'retryLogic',
    'timeoutSeconds',
    'responseTimeoutSeconds',
    'pollTimeoutSeconds',
    'inputKeys',
  ];

  return (
    textAt(value, 'name') !== undefined &&
    value['tasks'] === undefined &&
    marks.some((key) => value[key] !== undefined)
  );
}

function gather(all: readonly FoundDefinitions[]): FoundDefinitions {
  return {
    workflows: all.flatMap(({ workflows }) => workflows),
    taskDefinitions: all.flatMap(({ taskDefinitions }) => taskDefinitions),
    strangers: all.flatMap(({ strangers }) => strangers),
  };
}
