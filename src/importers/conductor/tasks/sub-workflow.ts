import type { Json } from '../../../../events/canonical-json.ts';
import { below, isMap, isUnset, type JsonMap, mapAt, numberAt, textAt } from '../source/parse-json.ts';
import { toTemplate } from '../templates.ts';
import { attemptFields } from './attempts.ts';
import { build, type Convert, type Converted, type Given, single } from './build.ts';
import { forAgent } from './simple.ts';

/** SUB_WORKFLOW: a child run of a definition by its id, or of the one that stands inside the task. */
export const convertSubWorkflow: Convert = (given) => {
  const { task, place } = given;
  const param = mapAt(task.raw, 'subWorkflowParam');
  reportParam(param, given);
  const inline = param['workflowDefinition'] ?? param['workflowDef'];
  if (isMap(inline) && Array.isArray(inline['tasks'])) {
    const pointer = below(task.pointer, 'subWorkflowParam', 'workflowDefinition');
    const name = textAt(inline, 'name') ?? textAt(param, 'name') ?? task.ref;
    const added = given.scope.context.addDefinition({ ...inline, name }, pointer);
    place.say.info('workflowDefinition', 'the definition inside the task becomes a definition of its own', {
      became: `${added.id}@${added.version}`,
    });
    return child(given, `${added.id}@${added.version}`, task.input, { wait: undefined });
  }
  const name = textAt(param, 'name') ?? textAt(task.input, 'subWorkflowName');
  const isDynamic = typeof inline === 'string' || name === undefined || name.includes('${');
  if (!isDynamic) return child(given, target(name, param, given), task.input, { wait: undefined });
  const what =
    typeof inline === 'string' ? 'the definition itself comes' : 'the name of the definition comes';

  return dynamicChild(given, param, `${what} out of the data of the run`, task.input);
};

/** START_WORKFLOW: a run that this one does not wait for. */
export const convertStartWorkflow: Convert = (given) => {
  const { task, place } = given;
  const start = task.input['startWorkflow'];
  const param = isMap(start) ? start : {};
  const name = textAt(param, 'name');
  for (const key of ['correlationId', 'taskToDomain', 'priority', 'idempotencyKey', 'idempotencyStrategy']) {
    if (!isUnset(param[key])) place.say.loss(`startWorkflow.${key}`, reasons[key] ?? 'has no equivalent');
  }
  const inline = param['workflowDef'];
  if (isMap(inline) && Array.isArray(inline['tasks'])) {
    const pointer = below(task.pointer, 'inputParameters', 'startWorkflow', 'workflowDef');
    const named = { ...inline, name: textAt(inline, 'name') ?? name ?? task.ref };
    const added = given.scope.context.addDefinition(named, pointer);
    return child(given, `${added.id}@${added.version}`, param['input'] ?? {}, { wait: false });
  }
  if (name === undefined || name.includes('${')) {
    return dynamicChild(
      given,
      param,
      'which definition is started comes out of the data of the run',
      task.input,
    );
  }

  return child(given, target(name, param, given), param['input'] ?? {}, { wait: false });
};

const reasons: Readonly<Record<string, string>> = {
  correlationId: 'runs have no correlation id; put it into the input',
  taskToDomain: 'agents are not divided into domains',
  priority: 'a child run has no priority of its own',
  idempotencyKey: 'the child run of a task is started once in any case',
  idempotencyStrategy: 'the child run of a task is started once in any case',
};

function reportParam(param: JsonMap, { place }: Given): void {
  for (const [key, value] of Object.entries(param)) {
    if (['name', 'version', 'workflowDefinition', 'workflowDef'].includes(key) || isUnset(value)) continue;
    const isStarted = key.startsWith('idempotency');
    place.say[isStarted ? 'info' : 'loss'](`subWorkflowParam.${key}`, reasons[key] ?? 'has no equivalent');
  }
}

function target(name: string, param: JsonMap, { scope, place }: Given): string {
  const id = scope.context.workflowId(name);
  const version = param['version'];
  const number = numberAt(param, 'version');
  if (number !== undefined && number >= 1) return `${id}@${Math.floor(number)}`;
  if (typeof version === 'string' && number === undefined && version !== '') {
    place.say.loss('subWorkflowParam.version', `the version is worked out at run time (${version})`, {
      became: 'the newest version',
    });
  }

  return id;
}

function child(
  given: Given,
  workflow: string,
  input: Json,
  { wait }: { readonly wait: false | undefined },
): Converted {
  const { task, place } = given;
  const retries = attemptFields(task, place, { worker: false });

  return single(
    build(given, 'SUB_WORKFLOW', {
      fields: {
        workflow,
        wait,
        input: isUnset(input) ? undefined : toTemplate(input, place),
        optional: task.raw['optional'] === true ? true : undefined,
        ...retries,
      },
    }),
  );
}

/** Which definition a task starts has to stand in the text of ours. */
function dynamicChild(given: Given, param: JsonMap, reason: string, input: Json): Converted {
  const { task, place } = given;
  const skill = task.type === 'START_WORKFLOW' ? 'conductor-start-workflow' : 'conductor-sub-workflow';
  place.say.loss(task.type, `${reason}; an agent has to start it`, { became: `requires: [${skill}]` });
  const values = task.type === 'START_WORKFLOW' ? input : { workflow: param, input };

  return forAgent(given, skill, { input: toTemplate(values, place) });
}
