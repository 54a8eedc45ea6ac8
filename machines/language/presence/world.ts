import type { Json } from '../../../events/canonical-json.ts';
import type { InputProperty } from '../../definition.ts';
import type { HumanTask, Task, WaitTask } from '../../task.ts';
import { checkValue } from '../input-value.ts';
import { normaliseInput } from '../normalise/workflow.ts';
import { knownOutputs, outputSchema, rulesAt } from '../references/known-outputs.ts';
import type { InputText } from '../schema/input.ts';
import { type Budget, type Choose, Impossible } from './choices.ts';
import { evaluatePossible, json, type PossibleWorld, unknownValue, type Value } from './evaluate-possible.ts';
import {
  type ExpressionPlace,
  fateAt,
  fateIn,
  isDone,
  type PossibleRun,
  routeOf,
  type Stage,
  soundly,
} from './play.ts';

const valuesMax = 16;

const nothing: Value = { kind: 'json', value: null, lacks: true };

/** A play in which nothing has been asked for. */
export function newPossibleRun(stage: Stage, choose: Choose, budget: Budget): PossibleRun {
  const play: PossibleRun = {
    stage,
    choose,
    worldOf: (at) => worldOf(play, at),
    outcomes: new Map(),
    routes: new Map(),
    reasons: new Map(),
    notes: new Map(),
    picked: new Map(),
    under: new Set(),
    budget,
  };

  return play;
}

function worldOf(play: PossibleRun, at: ExpressionPlace): PossibleWorld {
  const { sites } = play.stage.graph;

  return {
    choose: play.choose,
    note: (key, sources) => play.notes.set(key, sources),
    name: (name) => {
      if (name === 'result' && at.task !== undefined) return placeAt(resultOf, at.task);
      if (at.names.has(name)) return unknownValue(name);
      if (name === 'workflow' || name === 'tasks' || sites.has(name)) return placeAt(name);

      return unknownValue(name);
    },
    member: (path, key) => memberAt(play, at, [...path, key]),
  };
}

/** Stands before the id of the task whose result it is. */
const resultOf = '(result)';

function placeAt(...path: readonly string[]): Value {
  return { kind: 'place', path };
}

function memberAt(play: PossibleRun, at: ExpressionPlace, path: readonly string[]): Value | undefined {
  const [root = '', member = '', name, ...deeper] = path;
  if (root === resultOf) return resultMember(play, member, name ?? '');
  if (root === 'tasks')
    return play.stage.graph.sites.has(member) ? placeAt(member) : unknownValue(path.join('.'));
  if (root === 'workflow') return workflowMember(play, at, member, name);
  if (name === undefined) return taskMember(play, at, root, member);
  if (deeper.length === 0 && member === 'output') return outputMember(play, at, root, name);
  const [form, ...more] = deeper;
  if (member === 'output' && name === 'data' && form !== undefined && more.length === 0) {
    return answerMember(play, root, form);
  }
  if (member === 'output' && fateAt(play, at, root) === 'completed')
    return returnedMember(play, root, path.slice(2));

  return unknownValue(path.join('.'));
}

function workflowMember(
  play: PossibleRun,
  at: ExpressionPlace,
  member: string,
  name: string | undefined,
): Value | undefined {
  if (name === undefined) {
    return member === 'input' || member === 'variables'
      ? placeAt('workflow', member)
      : unknownValue(`workflow.${member}`);
  }

  return member === 'input' ? inputOf(play, name) : variableOf(play, at, name);
}

function inputOf(play: PossibleRun, name: string): Value | undefined {
  const { input } = play.stage.definition;
  const property = Object.hasOwn(input, name) ? input[name] : undefined;
  const path = `workflow.input.${name}`;
  if (property === undefined) return unknownValue(path);
  const mayLack = !property.required && property.default === undefined;
  if (mayLack && !play.choose(`there ${path}`, [false, true])) {
    play.picked.set(path, 'left out');
    return undefined;
  }

  return picked(play, path, property);
}

/** A value at a path: one of those that it is compared with, or one beside them; open where there are none. */
function picked(play: PossibleRun, path: string, property?: InputProperty): Value {
  const compared = play.stage.compared.get(path) ?? [];
  const isLeftOut = property !== undefined && !property.required && property.default === null;
  const values = [...new Set(valuesBeside(compared, property).map((each) => JSON.stringify(each)))];
  const fitting = values
    .map((text) => JSON.parse(text) as Json)
    .filter((value) => property === undefined || checkValue(value, property).length === 0);
  const isOpen = fitting.length > valuesMax || fitting.every((value) => value === null);
  const asNull = isLeftOut ? [nothing] : fitting.includes(null) ? [json(null)] : [];
  const known = isOpen ? [unknownValue(path)] : fitting.filter((value) => value !== null).map(json);
  const [only = unknownValue(path), ...others] = [...asNull, ...known];
  if (others.length === 0) return only;
  const value = play.choose(`value of ${path}`, [only, ...others]);
  if (value.kind === 'json') play.picked.set(path, JSON.stringify(value.value));

  return value;
}

function valuesBeside(compared: readonly Json[], property: InputProperty | undefined): readonly Json[] {
  if (property?.enum !== undefined) return property.enum;
  if (property?.type === 'boolean') return [true, false];
  if (compared.length === 0) return [];
  const preset = property?.default === undefined ? [] : [property.default];

  return [...compared.flatMap(beside), ...preset];
}

function beside(value: Json): readonly Json[] {
  switch (typeof value) {
    case 'number':
      return [value, value + 1, value - 1];
    case 'string':
      return [value, '~'];
    case 'boolean':
      return [true, false];
    default:
      return [value];
  }
}

function variableOf(play: PossibleRun, at: ExpressionPlace, name: string): Value | undefined {
  const { definition, graph } = play.stage;
  const setters = [...graph.sites.values()].filter(
    ({ task }) => task.type === 'SET_VARIABLE' && Object.hasOwn(task.variables, name),
  );
  const path = `workflow.variables.${name}`;
  const initial = Object.hasOwn(definition.variables, name) ? definition.variables[name] : undefined;
  if (setters.length === 0 && initial !== undefined) return templateValue(play, {}, initial, path);
  if (initial !== undefined || at.replaces === true) return unknownValue(path);
  const isSet = setters.some(({ task, list }) => {
    const isRepeated = list.kind === 'items' || list.kind === 'loop';
    const id = isRepeated && list.container !== undefined ? list.container : task.id;
    return isRepeated && isInside(play, at, id) ? true : isDone(fateAt(play, at, id));
  });

  return isSet ? unknownValue(path) : undefined;
}

function isInside({ stage }: PossibleRun, { task }: ExpressionPlace, container: string): boolean {
  for (let at = task; at !== undefined; at = stage.graph.sites.get(at)?.list.container) {
    if (at === container) return true;
  }

  return false;
}

function taskMember(play: PossibleRun, at: ExpressionPlace, id: string, member: string): Value {
  const outcome = fateAt(play, at, id);
  switch (member) {
    case 'output':
      return outcome === 'completed' || outcome === 'replaced' ? placeAt(id, 'output') : nothing;
    case 'status':
      return outcome === 'pending' ? unknownValue(`${id}.status`) : json(statusOf[outcome]);
    case 'error':
      if (outcome === 'replaced') return unknownValue(`${id}.error`);
      return outcome === 'empty' || outcome === 'caught' || outcome === 'failed'
        ? placeAt(id, 'error')
        : nothing;
    default:
      return unknownValue(`${id}.${member}`);
  }
}

const statusOf = {
  completed: 'COMPLETED',
  empty: 'COMPLETED_WITH_ERRORS',
  replaced: 'COMPLETED_WITH_ERRORS',
  caught: 'FAILED',
  failed: 'FAILED',
  skipped: 'SKIPPED',
};

function outputMember(play: PossibleRun, at: ExpressionPlace, id: string, name: string): Value | undefined {
  const task = play.stage.graph.sites.get(id)?.task;
  const path = `${id}.output.${name}`;
  if (task === undefined) return unknownValue(path);
  if (fateAt(play, at, id) === 'replaced') return replacedMember(play, at, task, name);
  if (task.output?.kind === 'map') {
    const { map } = task.output;
    return Object.hasOwn(map, name)
      ? templateValue(play, { task: id }, map[name] ?? null, path)
      : unknownValue(path);
  }

  return task.output?.kind === 'names' ? picked(play, path) : resultMember(play, id, name);
}

/** Of one fallback the output stands in, of several a map by their ids. */
function replacedMember(
  play: PossibleRun,
  at: ExpressionPlace,
  { id, fallback }: Task,
  name: string,
): Value | undefined {
  const [only = '', ...others] = fallback;
  const taskOf = (each: string) => play.stage.graph.sites.get(each)?.task;
  const task = taskOf(only);
  if (task === undefined || others.length > 0) return unknownValue(`${id}.output.${name}`);
  const known = knownOutputs(task, taskOf);
  if (fateIn(play, only) !== 'completed' || known?.has(name) === false) return undefined;

  return outputMember(play, { ...at, replaces: true }, only, name);
}

function templateValue(
  play: PossibleRun,
  of: { readonly task?: string },
  template: Json,
  path: string,
): Value {
  if (typeof template !== 'string' || !template.includes('${')) {
    return JSON.stringify(template).includes('${') ? unknownValue(path) : json(template);
  }
  const { parts, whole } = play.stage.read({ kind: 'template', text: template });
  const [part] = parts;
  if (part === undefined || !whole) return unknownValue(path);

  return soundly(() => evaluatePossible(part.node, worldOf(play, { ...of, names: new Set() })));
}

/** A member of what a task gives, before its output is shaped. */
function resultMember(play: PossibleRun, id: string, name: string): Value | undefined {
  const task = play.stage.graph.sites.get(id)?.task;
  const path = `${id}.output.${name}`;
  switch (task?.type) {
    case 'DECISION':
      return name === 'case'
        ? json(routeOf(play, id).name)
        : name === 'value'
          ? routeOf(play, id).value
          : unknownValue(path);
    case 'WAIT':
      return waitedMember(play, task, name);
    case 'HUMAN':
      return task.waitForApproval ? answeredMember(play, task, name) : unknownValue(path);
    case 'JOIN':
      return joinedMember(play, name);
    case 'FORK':
      return task.branches === undefined ? picked(play, path) : joinedMember(play, name);
    case 'SET_VARIABLE':
      return templateValue(play, { task: id }, task.variables[name] ?? null, path);
    default:
      return returnedMember(play, id, [name]);
  }
}

/** A member, however far down, of what a task gives, by what it says it returns. */
function returnedMember(play: PossibleRun, id: string, path: readonly string[]): Value | undefined {
  const task = play.stage.graph.sites.get(id)?.task;
  const schema = task?.returns === undefined ? undefined : outputSchema(task);
  const rules = schema === undefined ? undefined : rulesAt(schema, path);
  const place = `${id}.output.${path.join('.')}`;
  if (rules === undefined || rules === 'none')
    return path.length === 1 ? picked(play, place) : unknownValue(place);
  if (!rules.required && !play.choose(`there ${place}`, [false, true])) {
    play.reasons.set(id, `its returns do not ask for "${path.at(-1) ?? ''}"`);
    return undefined;
  }
  if (rules.nullable === true && play.choose(`null ${place}`, [true, false])) {
    play.reasons.set(id, `its returns let "${path.at(-1) ?? ''}" be null`);
    return nothing;
  }

  return rules.members === undefined ? picked(play, place, rules) : placeAt(id, 'output', ...path);
}

/** What has completed is in the map, with null for want of an output. */
function joinedMember(play: PossibleRun, id: string): Value | undefined {
  if (!play.stage.graph.sites.has(id)) return unknownValue(`${id}.output`);
  const outcome = fateIn(play, id);
  if (!isDone(outcome)) return undefined;

  return outcome === 'empty' ? nothing : placeAt(id, 'output');
}

/** A WAIT says whether time passed first; what came with the signal is there when it did not. */
function waitedMember(play: PossibleRun, task: WaitTask, name: string): Value | undefined {
  const path = `${task.id}.output.${name}`;
  if (task.signal === undefined) return name === 'timed_out' ? json(true) : unknownValue(path);
  const isTimed =
    task.durationMs !== undefined ||
    task.until !== undefined ||
    (task.timeoutMs !== undefined && task.onTimeout === 'continue');
  const isLate = isTimed && play.choose(`${task.id} is late`, [true, false]);
  if (name === 'timed_out') return json(isLate);
  if (!isLate && name === 'data' && task.returns?.members !== undefined)
    return placeAt(task.id, 'output', 'data');
  if (!isLate) return returnedMember(play, task.id, [name]);
  play.reasons.set(task.id, 'its time passed before the signal came');
  if (name === 'until') return unknownValue(path);

  return name === 'signal' || name === 'data' ? nothing : undefined;
}

type Answer = 'approved' | 'rejected' | 'timeout';

function answerTo(play: PossibleRun, { id, timeoutMs, onTimeout, onReject }: HumanTask): Answer {
  const isTimed = timeoutMs !== undefined;
  const answers: readonly Answer[] = [
    ...(isTimed && (onTimeout === 'approve' || (onTimeout === 'reject' && onReject === 'continue'))
      ? (['timeout'] as const)
      : []),
    ...(onReject === 'continue' ? (['rejected'] as const) : []),
    'approved',
  ];

  return play.choose(`answer to ${id}`, answers);
}

function answeredMember(play: PossibleRun, task: HumanTask, name: string): Value {
  const path = `${task.id}.output.${name}`;
  if (name !== 'decision' && name !== 'data') return unknownValue(path);
  const answer = answerTo(play, task);
  if (name === 'decision') {
    return json(answer === 'timeout' ? (task.onTimeout === 'approve' ? 'approved' : 'rejected') : answer);
  }
  if (answer === 'approved')
    return task.form === undefined ? unknownValue(path) : placeAt(task.id, 'output', 'data');
  play.reasons.set(task.id, answer === 'timeout' ? 'nobody answered in time' : 'somebody rejected it');

  return nothing;
}

/** A member of what an approval brings along, by the form of the task. */
function answerMember(play: PossibleRun, id: string, name: string): Value | undefined {
  const task = play.stage.graph.sites.get(id)?.task;
  const path = `${id}.output.data.${name}`;
  if (task?.type !== 'HUMAN' || task.form === undefined) return unknownValue(path);
  const form = normaliseInput(task.form as InputText);
  const property = Object.hasOwn(form, name) ? form[name] : undefined;
  if (property === undefined) throw new Impossible(path);
  const mayLack = !property.required && property.default === undefined;
  if (!mayLack || play.choose(`there ${path}`, [false, true])) return picked(play, path, property);
  play.reasons.set(id, `its form does not ask for "${name}"`);

  return undefined;
}
