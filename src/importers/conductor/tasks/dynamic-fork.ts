import type { Json } from '../../../../events/canonical-json.ts';
import { member, named } from '../cel/make.ts';
import type { Cel } from '../cel/tree.ts';
import { innerScope, takeOver } from '../context.ts';
import { inputValue, resolve } from '../references.ts';
import { numberAt, textAt } from '../source/parse-json.ts';
import { branchesOf } from '../source/task.ts';
import { celTemplate, conditionText, toTemplate } from '../templates.ts';
import { Untranslatable } from '../untranslatable.ts';
import { type Emitted, present } from '../write-yaml.ts';
import { build, type Convert, type Converted, type Given, reportUnusedPolicies, single } from './build.ts';

/** FORK_JOIN: each list of tasks is a branch. */
export const convertFork: Convert = (given) => {
  const { task, place, scope, convertList } = given;
  reportUnusedPolicies(task, place);
  const branches = branchesOf(task).map((tasks) => {
    const inner = innerScope(scope, { list: 'branch' });
    return { inner, converted: convertList(tasks, inner, { after: [], before: undefined }) };
  });
  for (const { inner } of branches) takeOver(scope, inner);
  if (branches.length === 0) {
    place.say.info('FORK_JOIN', 'it has no tasks in its branches', { became: 'NOOP' });
    return single(build(given, 'NOOP', {}));
  }

  return single(
    build(given, 'FORK', { nested: { branches: branches.map(({ converted }) => converted.emitted) } }),
  );
};

/** FORK_JOIN_DYNAMIC: a FORK over the list of tasks; each is done by an agent with a skill of its name. */
export const convertDynamicFork: Convert = (given) => {
  const { task } = given;
  const { input, raw } = task;
  if (input['forkTaskInputs'] !== undefined) return overInputs(given, input['forkTaskInputs']);
  const tasks = input[textAt(raw, 'dynamicForkTasksParam') ?? ''];
  if (tasks !== undefined && tasks !== null) return overTasks(given, tasks);
  const joined = input[textAt(raw, 'dynamicForkJoinTasksParam') ?? ''];
  if (joined !== undefined && joined !== null) return overJoinTasks(given, joined);
  given.place.say.loss('FORK_JOIN_DYNAMIC', 'no input says which tasks are to be made', { became: 'NOOP' });

  return single(build(given, 'NOOP', {}));
};

function overTasks(given: Given, tasks: Json): Converted {
  const { task, place } = given;
  const inputs = task.input[textAt(task.raw, 'dynamicForkTasksInputParamName') ?? ''];
  place.say.warning(
    'FORK_JOIN_DYNAMIC',
    'each item is done by an agent with a skill of its name, whatever its `type` is, and the results are a list',
    { became: 'FORK with for_each' },
  );
  const item = named('item');
  const ref = member(item, 'taskReferenceName');
  const input =
    inputs === undefined || inputs === null
      ? member(item, 'inputParameters')
      : member(cel(inputs, given), ref);

  return fork(given, cel(tasks, given), {
    requires: [
      celTemplate({ kind: 'member', of: item, key: { kind: 'literal', value: 'name' }, safe: false }),
    ],
    input: celTemplate(input),
  });
}

/** The deprecated form: the tasks with their inputs in one value. */
function overJoinTasks(given: Given, joined: Json): Converted {
  given.place.say.warning(
    'dynamicForkJoinTasksParam',
    'each item is done by an agent with a skill of its name, and the results are a list',
    { became: 'FORK with for_each' },
  );
  const item = named('item');

  return fork(given, member(cel(joined, given), 'dynamicTasks'), {
    requires: [
      celTemplate({ kind: 'member', of: item, key: { kind: 'literal', value: 'taskName' }, safe: false }),
    ],
    input: celTemplate(member(item, 'input')),
  });
}

/** The same task, or the same definition, for every item. */
function overInputs(given: Given, inputs: Json): Converted {
  const { task, place, scope } = given;
  const over = cel(inputs, given);
  const workflow = textAt(task.input, 'forkTaskWorkflow');
  place.say.warning('FORK_JOIN_DYNAMIC', 'the results are a list in the order of the items', {
    became: 'FORK with for_each',
  });
  if (workflow !== undefined && !workflow.includes('${')) {
    const version = numberAt(task.input, 'forkTaskWorkflowVersion') ?? 0;
    const id = scope.context.workflowId(workflow);
    return fork(given, over, {
      type: 'SUB_WORKFLOW',
      workflow: version >= 1 ? `${id}@${version}` : id,
      input: '${item}',
    });
  }
  const type = textAt(task.input, 'forkTaskType');
  const name = workflow ?? textAt(task.input, 'forkTaskName') ?? type ?? task.name;
  if (workflow !== undefined || (type !== undefined && type !== 'SIMPLE')) {
    place.say.loss('forkTaskType', `items of type ${type ?? 'SUB_WORKFLOW'} are left to an agent`, {
      became: `requires: [${name}]`,
    });
  }

  return fork(given, over, { requires: [toTemplate(name, place)], input: '${item}' });
}

function fork(given: Given, over: Cel, body: Readonly<Record<string, Json>>): Converted {
  const { scope, id, place } = given;
  const inner: Emitted = {
    id: scope.context.claimId(`${id}_item`),
    fields: present(body),
    comments: [],
  };

  return single(
    build(given, 'FORK', {
      fields: {
        for_each: forEach(over, place),
        optional: given.task.raw['optional'] === true ? true : undefined,
      },
      nested: { tasks: [inner] },
    }),
  );
}

function forEach(over: Cel, place: Given['place']): string {
  try {
    return `\${${conditionText(over)}}`;
  } catch (error) {
    if (!(error instanceof Untranslatable)) throw error;
    place.say.loss('FORK_JOIN_DYNAMIC', `its list cannot be written as an expression: ${error.message}`, {
      became: 'for_each: ${[]}',
    });
    return '${[]}';
  }
}

function cel(value: Json, { place }: Given): Cel {
  return inputValue(value, (text) => resolve(text, place));
}
