import type { Json } from '../../events/canonical-json.ts';
import type { Chart } from '../compile/chart.ts';
import type { Explored } from '../explore/explore.ts';
import { parseExpression } from '../expressions/parse.ts';
import { referencesOf } from '../expressions/references.ts';
import { childrenOf, type Node } from '../expressions/tree.ts';
import { bareExpression } from '../language/expression-text.ts';
import type { Task, TaskType } from '../task.ts';

/**
 * Whether the values that were tried stand for all there are: what the control expressions of the task depend on is
 * compared with literals and nothing else, and no value was left out. Then an outcome that never came cannot come.
 */
export function isTriedOut(chart: Chart, explored: Explored, id: string): boolean {
  const omitted = explored.scenes.get(explored.first)?.scene.candidates.omitted ?? [];
  const task = chart.plan.get(id)?.task;
  if (task === undefined) return false;
  const look: Look = { chart, seen: new Set([id]), sources: new Set() };
  if (!controlTexts(task).every((text) => isPlain(look, text))) return false;

  return !omitted.some((text) => look.sources.has(text.split(':')[0] ?? ''));
}

/** `sources` collects the values that come from outside, under the names that `Candidates.omitted` has for them. */
type Look = { readonly chart: Chart; readonly seen: ReadonlySet<string>; readonly sources: Set<string> };

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

  return (
    tree !== undefined &&
    comparesOnly(tree) &&
    referencesOf(tree, text).every(({ path }) => isPlainSource(look, path))
  );
}

function parsed(text: string): Node | undefined {
  try {
    return parseExpression(bareExpression(text));
  } catch {
    return undefined;
  }
}

const plainKinds: ReadonlySet<Node['kind']> = new Set([
  'literal',
  'name',
  'member',
  'and',
  'or',
  'not',
  'choice',
  'negate',
]);
const comparing: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=']);

function comparesOnly(node: Node): boolean {
  const fits =
    plainKinds.has(node.kind) ||
    (node.kind === 'binary' && comparing.has(node.operator) && [node.left, node.right].some(isLiteral));

  return fits && childrenOf(node).every(comparesOnly);
}

function isLiteral(node: Node): boolean {
  return node.kind === 'literal' || (node.kind === 'negate' && node.of.kind === 'literal');
}

function isPlainSource(look: Look, path: readonly string[]): boolean {
  const { chart, sources } = look;
  const [root = '', member, name] = path;
  if (root === 'signal' || root === 'event') return true;
  if (root === 'workflow' && member === 'input') return sources.add('the input').has('the input');
  if (root === 'workflow' && member === 'variables' && name !== undefined) {
    return isPlainVariable(look, name);
  }
  const task = chart.plan.get(root)?.task;
  if (task === undefined || chart.plan.get(root)?.owner !== undefined) return false;

  return member === 'status' || (member === 'output' && isPlainOutput(look, task, name));
}

function isPlainVariable(look: Look, name: string): boolean {
  const { chart, seen } = look;
  const key = `variable ${name}`;
  if (seen.has(key)) return false;
  const set = [...chart.plan.values()].flatMap(({ task }) =>
    task.type === 'SET_VARIABLE' && name in task.variables ? [task.variables[name] ?? null] : [],
  );
  const initial = name in chart.definition.variables ? [chart.definition.variables[name] ?? null] : [];

  return [...initial, ...set].every((value) =>
    isPlainTemplate({ ...look, seen: new Set([...seen, key]) }, value),
  );
}

function isPlainOutput(look: Look, task: Task, name: string | undefined): boolean {
  const { id, type } = task;
  if (look.seen.has(id)) return false;
  const inner = { ...look, seen: new Set([...look.seen, id]) };
  if (task.output?.kind === 'map') {
    const { map } = task.output;
    const members = name === undefined ? Object.values(map) : [map[name] ?? null];
    return type === 'TRANSFORM' && members.every((each) => isPlainTemplate(inner, each));
  }
  if (type === 'DECISION') return controlTexts(task).every((text) => isPlain(inner, text));

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
