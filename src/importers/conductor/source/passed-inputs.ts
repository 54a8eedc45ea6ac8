import { isMap, type JsonMap, mapAt, textAt } from './parse-json.ts';
import { type ConductorTask, tasksOf, withInner } from './task.ts';

/** What the definitions of an import give to each other: ours take declared inputs only. */
export function passedInputs(workflows: readonly JsonMap[]): ReadonlyMap<string, ReadonlySet<string>> {
  const passed = new Map<string, Set<string>>();
  const walk = (workflow: JsonMap): void => {
    for (const { name, input, inline } of tasksOf(workflow['tasks'], '')
      .flatMap(withInner)
      .flatMap(started)) {
      const names = passed.get(name) ?? new Set();
      passed.set(name, names);
      for (const key of Object.keys(input)) names.add(key);
      if (inline !== undefined) walk(inline);
    }
  };
  for (const workflow of workflows) walk(workflow);

  return passed;
}

type Started = { readonly name: string; readonly input: JsonMap; readonly inline?: JsonMap };

/** The definition that a task starts a run of, and with which input. */
function started({ raw, input, type, ref }: ConductorTask): readonly Started[] {
  if (type !== 'SUB_WORKFLOW' && type !== 'START_WORKFLOW') return [];
  const isChild = type === 'SUB_WORKFLOW';
  const param = isChild ? mapAt(raw, 'subWorkflowParam') : mapAt(input, 'startWorkflow');
  const inline = param['workflowDefinition'] ?? param['workflowDef'];
  const own = isMap(inline) ? textAt(inline, 'name') : undefined;
  const name = own ?? textAt(param, 'name') ?? ref;

  return [{ name, input: isChild ? input : mapAt(param, 'input'), ...(isMap(inline) ? { inline } : {}) }];
}
