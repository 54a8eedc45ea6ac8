import type { Json } from '../../../events/canonical-json.ts';
import type { DoWhileTask, HumanTask, Task, WaitTask } from '../../task.ts';
import { normaliseInput } from '../normalise/workflow.ts';
import { knownOutputs, outputSchema, rulesAt } from '../references/known-outputs.ts';
import type { InputText } from '../schema/input.ts';
import { type Budget, type Choose, Impossible } from './choices.ts';
import { evaluatePossible, json, type PossibleWorld, unknownValue, type Value } from './evaluate-possible.ts';
import { nothing, picked } from './expression-trees.ts';
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
    item: (key) => passOf(play, key),
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
  if (root === 'workflow' && member === 'input' && deeper.length === 1) return failedOutput(play, path);
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

/** What a pass of a FORK gave is null where the pass failed, which `tolerate_failures` may allow. */
function passOf(play: PossibleRun, key: string): Value | undefined {
  const [id = '', ...rest] = key.split('.');
  const task = play.stage.graph.sites.get(id)?.task;
  if (task?.type !== 'FORK' || task.branches !== undefined || rest.join('.') !== 'output.results')
    return undefined;
  const { tolerateFailures = 0 } = task;
  if (tolerateFailures === 0 || task.output !== undefined) return undefined;
  if (!play.choose(`a pass of ${id} failed`, [true, false])) return undefined;
  play.reasons.set(id, 'a pass of it failed, which "tolerate_failures" allows: its result is null');

  return nothing;
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

/** What a failure workflow is told of the run that failed: what its tasks gave, as far as they completed. */
const outputsOfFailed = 'original_outputs';

function failedOutput(play: PossibleRun, path: readonly string[]): Value | undefined {
  const place = path.join('.');

  return play.choose(`there ${place}`, [false, true]) ? unknownValue(place) : undefined;
}

function inputOf(play: PossibleRun, name: string): Value | undefined {
  const { input } = play.stage.definition;
  const property = Object.hasOwn(input, name) ? input[name] : undefined;
  const path = `workflow.input.${name}`;
  if (property === undefined) return unknownValue(path);
  if (name === outputsOfFailed && property.type === undefined) return placeAt('workflow', 'input', name);
  const mayLack = !property.required && property.default === undefined;
  if (mayLack && !play.choose(`there ${path}`, [false, true])) {
    play.picked.set(path, 'left out');
    return undefined;
  }

  return picked(play, path, property);
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
      return json(outcome === 'pending' ? pendingStatus(play, id) : statusOf[outcome]);
    case 'error':
      if (outcome === 'replaced') return unknownValue(`${id}.error`);
      return outcome === 'empty' || outcome === 'caught' || outcome === 'failed'
        ? placeAt(id, 'error')
        : nothing;
    default:
      return unknownValue(`${id}.${member}`);
  }
}

/** Who lost a race is given up by the time that others go on; of what else is not waited for it is under way. */
function pendingStatus({ stage }: PossibleRun, id: string): string {
  const isGivenUp = [...stage.graph.sites.values()].some(
    ({ task }) => task.cancelRest === true && stage.graph.dependencies(task.id).includes(id),
  );

  return isGivenUp ? 'CANCELLED' : 'IN_PROGRESS';
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
      return joinedMember(play, id, name);
    case 'FORK':
      return task.branches === undefined ? picked(play, path) : joinedMember(play, id, name);
    case 'DO_WHILE':
      return name === 'exit' ? exitOf(play, task) : picked(play, path);
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
function joinedMember(play: PossibleRun, join: string, id: string): Value | undefined {
  if (!play.stage.graph.sites.has(id)) return unknownValue(`${id}.output`);
  const isBranch = play.stage.graph.sites.get(id)?.list.kind === 'branch';
  const outcome = isBranch ? fateIn(play, id) : fateAt(play, { task: join, names: new Set() }, id);
  if (!isDone(outcome)) return undefined;

  return outcome === 'empty' ? nothing : placeAt(id, 'output');
}

/** By which task the loop ended: by none where its condition, or the end of its list, ended it. */
function exitOf(play: PossibleRun, task: DoWhileTask): Value {
  const path = `${task.id}.output.exit`;
  const endsByItself = (task.loopCondition ?? 'true') !== 'true' || task.items !== undefined;
  if (!endsByItself || !play.choose(`${task.id} ends by itself`, [true, false])) return picked(play, path);
  play.reasons.set(task.id, 'it ended without any of its exits: exit is null');

  return nothing;
}

/** A WAIT says whether time passed first; what came with the signal is there when it did not. */
function waitedMember(play: PossibleRun, task: WaitTask, name: string): Value | undefined {
  const path = `${task.id}.output.${name}`;
  if (task.signal === undefined) return timedMember(play, task, name);
  const isTimed =
    task.durationMs !== undefined ||
    task.until !== undefined ||
    (task.timeoutMs !== undefined && task.onTimeout === 'continue');
  const isLate = isTimed && play.choose(`${task.id} is late`, [true, false]);
  if (name === 'timed_out') return json(isLate);
  if (!isLate && name === 'data' && task.returns?.members !== undefined)
    return placeAt(task.id, 'output', 'data');
  const isTimeOfIt = name === 'until' && task.returns === undefined;
  if (!isLate && isTimeOfIt && task.until !== undefined) {
    play.reasons.set(task.id, 'its signal came before that time');
    return undefined;
  }
  if (!isLate) return returnedMember(play, task.id, [name]);
  play.reasons.set(task.id, 'its time passed before the signal came');
  if (name === 'until') return unknownValue(path);

  return name === 'signal' || name === 'data' ? nothing : undefined;
}

/** Of a WAIT that no signal ends. */
function timedMember(play: PossibleRun, { id, durationMs, until }: WaitTask, name: string): Value {
  if (name === 'timed_out') return json(true);
  const isTimed = durationMs !== undefined || until !== undefined;
  if (!isTimed || (name !== 'data' && name !== 'signal')) return unknownValue(`${id}.output.${name}`);
  play.reasons.set(id, 'it waits for a time, and nothing comes with that');

  return nothing;
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
  if (name === 'comment') return commentOn(play, task);
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

/** Nobody has to say anything. */
function commentOn(play: PossibleRun, { id }: HumanTask): Value {
  if (!play.choose(`comment of ${id}`, [false, true])) {
    play.reasons.set(id, 'nobody has to say anything with it: comment is null');
    return nothing;
  }

  return unknownValue(`${id}.output.comment`);
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
