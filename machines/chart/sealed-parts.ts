import type { Json } from '../../events/canonical-json.ts';
import type { Definition } from '../definition.ts';
import { compileTemplate, type Reference } from '../expressions/template.ts';
import type { Task } from '../task.ts';
import { bodyTasks, type TaskPlace } from './plan.ts';

/**
 * What of a run is recorded sealed, by the definition alone. What is marked is, and all that an expression could make
 * of it; what a reference may reach and cannot be told counts as reached.
 */
export type SealedParts = {
  /** Also what no task and no input says: reasons, and whatever is not known to be of something else. */
  readonly all: boolean;
  readonly inputs: ReadonlySet<string>;
  readonly variables: ReadonlySet<string>;
  readonly tasks: ReadonlySet<string>;
  readonly output: boolean;
};

type Plan = ReadonlyMap<string, TaskPlace>;
type Growing = {
  readonly inputs: ReadonlySet<string>;
  readonly variables: Set<string>;
  readonly tasks: Set<string>;
};

/** Members of a task that say how far it is, and nothing of its values. */
const ofProgress: ReadonlySet<string> = new Set(['status', 'attempt']);
const neverSealed: ReadonlySet<string> = new Set(['secrets', 'loop', 'index', 'result', 'event']);
/** Keys of a task whose whole value is an expression. */
const expressionKeys: ReadonlySet<string> = new Set([
  ...['when', 'param', 'forEach', 'loopCondition', 'match', 'condition'],
]);
/** Tasks in a task have expressions of their own. */
const nestedKeys: ReadonlySet<string> = new Set(['tasks', 'branches', 'body']);

/** Undefined where the definition marks nothing. */
export function sealedParts(definition: Definition, plan: Plan): SealedParts | undefined {
  const all = definition.payloads === 'sealed';
  const inputs = Object.entries(definition.input).filter(([, { pii = all }]) => pii);
  const found: Growing = {
    inputs: new Set(inputs.map(([name]) => name)),
    variables: new Set(all ? Object.keys(definition.variables) : []),
    tasks: new Set([...plan].filter(([, { task }]) => all || task.pii === true).map(([id]) => id)),
  };
  if (!all && found.inputs.size === 0 && found.tasks.size === 0) return undefined;
  spread(definition, plan, found);
  const { output } = definition;
  const isMade = output.kind === 'map' && reads(output.map, { found, plan });

  return { all, ...found, output: all || isMade };
}

/** Until nothing is reached any more. */
function spread(definition: Definition, plan: Plan, found: Growing): void {
  const reach = { found, plan };
  for (let size = -1; size !== found.tasks.size + found.variables.size; ) {
    size = found.tasks.size + found.variables.size;
    for (const place of plan.values()) if (isReached(place, reach)) found.tasks.add(place.task.id);
    for (const name of reachedVariables(definition, reach)) found.variables.add(name);
  }
}

function reachedVariables({ variables }: Definition, reach: Reach): readonly string[] {
  const first = Object.entries(variables).filter(([, value]) => reads(value, reach));
  const set = [...reach.plan.values()].flatMap(({ task }) =>
    task.type === 'SET_VARIABLE' && reach.found.tasks.has(task.id) ? Object.keys(task.variables) : [],
  );

  return [...first.map(([name]) => name), ...set];
}

type Reach = { readonly found: Omit<SealedParts, 'all' | 'output'>; readonly plan: Plan };

function isReached({ task, branches = [], owner }: TaskPlace, reach: Reach): boolean {
  const { performer } = task;
  const isTurn = performer.kind === 'model' && performer.model.turn !== undefined;
  const loop = isTurn ? reach.plan.get(owner ?? '')?.task : undefined;
  const parts = [
    // A turn is told of all that the turns before it led to.
    ...(loop === undefined ? [] : (bodyTasks(loop) ?? []).map(({ id }) => id)),
    ...(bodyTasks(task) ?? []).map(({ id }) => id),
    ...branches.flat(),
    ...(task.type === 'JOIN' ? [...task.joinOn, ...task.dependsOn] : []),
    // Its result stands in for that of the task.
    ...task.fallback,
  ];
  if (parts.some((id) => reach.found.tasks.has(id))) return true;

  return expressionsOf(task).some((source) => reads(source, reach));
}

/** Every text with an expression that a task itself has. */
function expressionsOf(task: Task): readonly string[] {
  return Object.entries(task).flatMap(([key, value]) =>
    nestedKeys.has(key) ? [] : textsIn(value as Json, expressionKeys.has(key)),
  );
}

function textsIn(value: Json, isExpression: boolean): readonly string[] {
  if (typeof value === 'string') {
    if (isExpression) return [`\${${value}}`];
    return value.includes('${') ? [value] : [];
  }
  if (typeof value !== 'object' || value === null) return [];

  return Object.entries(value).flatMap(([key, each]) =>
    textsIn(each, expressionKeys.has(key) && typeof each === 'string'),
  );
}

/** Whether a template may read something that is sealed. */
function reads(source: Json, reach: Reach): boolean {
  return referencesOf(source).some(({ path }) => isSealedPath(path, reach));
}

/** Those of one that does not parse are none: the checker refuses it. */
function referencesOf(source: Json): readonly Reference[] {
  const compiled = compileTemplate(source);

  return compiled.ok ? compiled.template.references : [];
}

/** The expressions in the template that may read something that is sealed. */
export function sealedReads(source: Json, parts: SealedParts, plan: Plan): readonly string[] {
  const reach = { found: parts, plan };
  const found = referencesOf(source).filter(({ path }) => isSealedPath(path, reach));

  return [...new Set(found.map(({ path }) => path.join('.')))];
}

function isSealedPath([name = '', member, inner]: Reference['path'], { found, plan }: Reach): boolean {
  if (name === 'workflow') return isSealedOfRun(member, inner, found);
  if (neverSealed.has(name)) return false;
  if (name === 'tasks')
    return member === undefined ? found.tasks.size > 0 : isSealedTask(member, inner, found);
  if (plan.has(name)) return isSealedTask(name, member, found);

  // An item, or what people asked for to be changed: of which body or approval is not told here.
  return [...plan.values()].some(({ task }) => holdsOthers(task) && found.tasks.has(task.id));
}

function isSealedOfRun(member: string | undefined, name: string | undefined, found: Reach['found']): boolean {
  const known =
    member === undefined ? undefined : { input: found.inputs, variables: found.variables }[member];
  if (member === undefined) return found.inputs.size + found.variables.size > 0;
  if (known === undefined) return false;

  return name === undefined ? known.size > 0 : known.has(name);
}

function isSealedTask(id: string, member: string | undefined, { tasks }: Reach['found']): boolean {
  return tasks.has(id) && !(member !== undefined && ofProgress.has(member));
}

function holdsOthers({ type }: Task): boolean {
  return type === 'FORK' || type === 'DO_WHILE' || type === 'HUMAN';
}
