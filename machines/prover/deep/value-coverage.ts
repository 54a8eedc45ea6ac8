import type { Json } from '../../../events/canonical-json.ts';
import type { Chart } from '../../chart/chart.ts';
import type { TaskPlace } from '../../chart/plan.ts';
import { parseExpression } from '../../expressions/parse.ts';
import { referencesOf } from '../../expressions/references.ts';
import { childNodesOf, type Node } from '../../expressions/tree.ts';
import { bareExpression } from '../../language/references/expression-sites.ts';
import type { Task, TaskType } from '../../task.ts';
import { isOrdering } from '../candidates/note.ts';
import type { Explored } from '../explore/explore.ts';
import { mayOverlap } from './overlap.ts';

/**
 * Whether the values that were tried stand for all there are: what the control expressions of the task depend on is
 * compared with literals and nothing else, and no value was left out. Then an outcome that never came cannot come.
 * Bounds are that only for whole numbers; what a variable holds, only where it does not matter which task is quicker;
 * a status never is: people skip and cancel tasks.
 */
export function isTriedOut(chart: Chart, explored: Explored, id: string): boolean {
  const omitted = explored.scenes.get(explored.first)?.scene.candidates.omitted ?? [];
  const task = chart.plan.get(id)?.task;
  if (task === undefined) return false;
  const look: Look = { chart, at: id, isOrdered: false, seen: new Set([id]), sources: new Set() };
  if (!controlTexts(task).every((text) => isPlain(look, text))) return false;

  return !omitted.some((text) => look.sources.has(text.split(':')[0] ?? ''));
}

type Look = {
  readonly chart: Chart;
  /** The task whose expression it is. */
  readonly at: string;
  /** Whether the value is held against a bound. */
  readonly isOrdered: boolean;
  readonly seen: ReadonlySet<string>;
  /** Collects the values that come from outside, under the names that `Candidates.omitted` has for them. */
  readonly sources: Set<string>;
};

function controlTexts(task: Task): readonly string[] {
  const own = task.when === undefined ? [] : [task.when];
  switch (task.type) {
    case 'DECISION':
      return [...own, task.param, ...task.cases.flatMap(({ condition }) => condition ?? [])];
    case 'FORK':
      return [...own, ...(task.forEach === undefined ? [] : [task.forEach])];
    case 'DO_WHILE':
      return [...own, ...(task.loopCondition === undefined ? [] : [task.loopCondition])];
    case 'WAIT':
      return [...own, ...(task.match === undefined ? [] : [task.match])];
    default:
      return own;
  }
}

/** An expression of comparisons with literals, of values that are free or made by such expressions. */
function isPlain(look: Look, text: string): boolean {
  const tree = parsed(text);
  if (tree === undefined || !comparesOnly(tree)) return false;
  const bounded = boundedIn(tree).flatMap((node) => referencesOf(node, text));

  return (
    bounded.every(({ path }) => isPlainSource({ ...look, isOrdered: true }, path)) &&
    referencesOf(tree, text).every(({ path }) => isPlainSource(look, path))
  );
}

function boundedIn(node: Node): readonly Node[] {
  return node.kind === 'binary' && isOrdering(node.operator) ? [node] : childNodesOf(node).flatMap(boundedIn);
}

function parsed(text: string): Node | undefined {
  try {
    return parseExpression(bareExpression(text));
  } catch {
    return undefined;
  }
}

const plainKinds: ReadonlySet<Node['kind']> = new Set(['literal', 'name', 'and', 'or', 'not', 'choice']);

const comparing: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=']);

function comparesOnly(node: Node): boolean {
  const fits =
    plainKinds.has(node.kind) ||
    isLiteral(node) ||
    (node.kind === 'member' && node.key.kind === 'literal' && typeof node.key.value === 'string') ||
    (node.kind === 'binary' && comparing.has(node.operator) && [node.left, node.right].some(isLiteral));

  return fits && childNodesOf(node).every(comparesOnly);
}

function isLiteral(node: Node): boolean {
  return node.kind === 'literal' || (node.kind === 'negate' && node.of.kind === 'literal');
}

function isPlainSource(look: Look, path: readonly string[]): boolean {
  const { chart, at, isOrdered, sources } = look;
  const [root = '', member, name] = path;
  if (root === 'signal' || root === 'event') return sources.add(at).has(at) && !isOrdered;
  if (root === 'workflow' && member === 'input') {
    const isWhole = path.length === 3 && chart.definition.input[name ?? '']?.type === 'integer';
    return sources.add('the input').has('the input') && (isWhole || !isOrdered);
  }
  if (root === 'workflow' && member === 'variables' && name !== undefined) {
    return isPlainVariable(look, name);
  }
  const place = chart.plan.get(root);
  if (place === undefined || place.owner !== undefined) return false;

  return member === 'output' && isPlainOutput(look, place.task, name);
}

function isPlainVariable(look: Look, name: string): boolean {
  const { chart, at, seen } = look;
  const key = `variable ${name}`;
  if (seen.has(key) || isContested(chart, at, name)) return false;
  const inner = { ...look, seen: new Set([...seen, key]) };
  const initial = name in chart.definition.variables ? [chart.definition.variables[name] ?? null] : [];

  return (
    initial.every((value) => isPlainTemplate(inner, value)) &&
    settersOf(chart, name).every(({ id, value }) => isPlainTemplate({ ...inner, at: id }, value))
  );
}

function isPlainOutput(look: Look, task: Task, name: string | undefined): boolean {
  const { id, type } = task;
  if (look.seen.has(id)) return false;
  const inner = { ...look, at: id, seen: new Set([...look.seen, id]) };
  if (task.output?.kind === 'map') {
    const { map } = task.output;
    const members = name === undefined ? Object.values(map) : [map[name] ?? null];
    return type === 'TRANSFORM' && members.every((each) => isPlainTemplate(inner, each));
  }
  if (look.isOrdered) return false;
  if (type === 'DECISION') return controlTexts(task).every((text) => isPlain(inner, text));
  if (type === 'HUMAN' && name !== 'data') return false;

  look.sources.add(id);

  return free.has(type);
}

const free: ReadonlySet<TaskType> = new Set(['SIMPLE', 'HTTP', 'HUMAN', 'WAIT', 'SUB_WORKFLOW']);

/** A text that is one expression, or one without any. */
function isPlainTemplate(look: Look, value: Json): boolean {
  if (typeof value !== 'string') return typeof value !== 'object' || value === null;
  if (!value.includes('${')) return true;
  const bare = bareExpression(value);

  return (
    `\${${bare}}` === value.trim().replaceAll(/\{\s+|\s+\}/g, (brace) => brace.trim()) && isPlain(look, bare)
  );
}

type Setter = { readonly id: string; readonly place: TaskPlace; readonly value: Json };

/** The tasks that set a variable, and to what. */
export function settersOf({ plan }: Chart, name: string): readonly Setter[] {
  return [...plan.values()].flatMap((place) => {
    const { task } = place;
    return task.type === 'SET_VARIABLE' && name in task.variables
      ? [{ id: task.id, place, value: task.variables[name] ?? null }]
      : [];
  });
}

/** Whether what the task finds in a variable is a matter of which task is quicker. Only one order is explored. */
export function isContested(chart: Chart, reader: string, name: string): boolean {
  const setters = settersOf(chart, name).map(({ place }) => place);
  const at = chart.plan.get(reader);
  const users = at === undefined ? setters : [at, ...setters];

  return setters.some((one) => users.some((other) => mayOverlap(chart, one, other)));
}
