import type { Json } from '../../../../events/canonical-json.ts';
import { isArray, isMap, type JsonMap, listAt, mapAt, textAt } from './parse-json.ts';

/** A dynamic fork whose tasks are written out, and the same as a fork that has them as its branches. */
export type ExpandedFork = { readonly ref: string; readonly branches: number };

/**
 * Rewrites dynamic forks that are not dynamic: whose list of tasks, or of inputs, stands in the definition. They
 * become a FORK_JOIN, and the JOIN behind waits for their tasks.
 */
export function expandForks(workflow: JsonMap): {
  readonly workflow: JsonMap;
  readonly expanded: readonly ExpandedFork[];
} {
  const expanded: ExpandedFork[] = [];
  const walk = (value: Json): Json => {
    if (isArray(value)) return value.map(walk);
    if (!isMap(value)) return value;
    const branches = value['type'] === 'FORK_JOIN_DYNAMIC' ? writtenOut(value) : undefined;
    if (branches === undefined) {
      return Object.fromEntries(
        Object.entries(value).map(([key, each]) => [key, key === 'inputParameters' ? each : walk(each)]),
      );
    }
    expanded.push({ ref: textAt(value, 'taskReferenceName') ?? '', branches: branches.length });
    const rest = Object.entries(value).filter(([key]) => !dynamicKeys.has(key));
    return { ...Object.fromEntries(rest), type: 'FORK_JOIN', forkTasks: branches.map((task) => [task]) };
  };

  return { workflow: walk(workflow) as JsonMap, expanded };
}

const dynamicKeys = new Set([
  'inputParameters',
  'dynamicForkTasksParam',
  'dynamicForkTasksInputParamName',
  'dynamicForkJoinTasksParam',
]);

function writtenOut(task: JsonMap): readonly Json[] | undefined {
  const input = mapAt(task, 'inputParameters');
  const sameTask = input['forkTaskInputs'];
  if (isArray(sameTask)) return sameTasks(task, input, sameTask);
  const list = input[textAt(task, 'dynamicForkTasksParam') ?? ''];
  const inputs = input[textAt(task, 'dynamicForkTasksInputParamName') ?? ''];
  if (!isArray(list) || list.length === 0 || !list.every(isWholeTask)) return undefined;
  if (inputs !== undefined && inputs !== null && !isMap(inputs)) return undefined;

  return list.map((each) => {
    const own = each as JsonMap;
    const given = mapAt(isMap(inputs) ? inputs : {}, textAt(own, 'taskReferenceName') ?? '');
    return { ...own, inputParameters: { ...mapAt(own, 'inputParameters'), ...given } };
  });
}

function isWholeTask(value: Json): boolean {
  return (
    isMap(value) && textAt(value, 'taskReferenceName') !== undefined && textAt(value, 'name') !== undefined
  );
}

/** The same task once for every input. */
function sameTasks(task: JsonMap, input: JsonMap, inputs: readonly Json[]): readonly Json[] | undefined {
  const workflow = textAt(input, 'forkTaskWorkflow');
  const name = textAt(input, 'forkTaskName') ?? textAt(input, 'forkTaskType');
  const type = textAt(input, 'forkTaskType') ?? (/^[A-Z_]+$/.test(name ?? '') ? name : 'SIMPLE');
  if (inputs.length === 0 || !inputs.every(isMap) || `${workflow}${name}${type}`.includes('${'))
    return undefined;
  if (workflow === undefined && name === undefined) return undefined;
  const ref = textAt(task, 'taskReferenceName') ?? 'fork';

  return inputs.map((each, index): Json => {
    const common = { taskReferenceName: `${ref}_${index + 1}`, inputParameters: each };
    if (workflow === undefined) return { ...common, name: name ?? '', type: type ?? 'SIMPLE' };
    const version = input['forkTaskWorkflowVersion'];
    return {
      ...common,
      name: workflow,
      type: 'SUB_WORKFLOW',
      subWorkflowParam: { name: workflow, ...(version === undefined ? {} : { version }) },
    };
  });
}

/** The dynamic forks that stay, by the reference name of the JOIN right behind each. */
export function dynamicJoinsOf(workflow: JsonMap): ReadonlyMap<string, string> {
  const joins = new Map<string, string>();
  const walk = (value: Json): void => {
    if (isMap(value)) for (const each of Object.values(value)) walk(each);
    if (!isArray(value)) return;
    value.forEach((each, index) => {
      walk(each);
      const next = value[index + 1];
      if (!isMap(each) || !isMap(next) || each['type'] !== 'FORK_JOIN_DYNAMIC' || next['type'] !== 'JOIN')
        return;
      joins.set(textAt(next, 'taskReferenceName') ?? '', textAt(each, 'taskReferenceName') ?? '');
    });
  };
  walk(listAt(workflow, 'tasks'));

  return joins;
}
