// Expressions that fail over inputs nobody would try first. Of what may fail for all that is known, the inputs that it
// reads are given the values at their limits, and a run is played with these up to the task.
import type { Json } from '../../../events/canonical-json.ts';
import type { Chart } from '../../chart/chart.ts';
import { localId } from '../../chart/task-at.ts';
import type { InputProperty } from '../../definition.ts';
import { askedPathsOf } from '../../expressions/references.ts';
import { childNodesOf, type Node } from '../../expressions/tree.ts';
import { checkValue } from '../../language/input-value.ts';
import type { Outline } from '../../language/outline.ts';
import { begin, type Explored, movesTo } from '../explore/explore.ts';
import type { Move } from '../explore/scenario.ts';
import { take } from '../explore/take.ts';
import { happenings } from './explored-graph.ts';
import {
  type FailedExpression,
  failingExpressions,
  failingIn,
  foundFailing,
  isGood,
} from './failing-expressions.ts';
import type { Found } from './standstill.ts';
import { doubtfulExpressions } from './unproven.ts';

type Look = {
  readonly chart: Chart;
  readonly explored: Explored;
  readonly outline: Pick<Outline, 'sites' | 'workflow'>;
  /** The tasks of which an error tells already; the end of the run is the empty text. */
  readonly told: ReadonlySet<string>;
};

/** An expression that fails, and the run in which it does. */
type Provoked = { readonly failing: FailedExpression; readonly moves: readonly Move[] };

/** Inputs that are tried for one expression, and moves that are played for a definition. */
const inputsMax = 200;

const movesMax = 6_000;

/** Expressions that fail in what was explored, and over inputs that were not tried there. */
export function failuresOfExpressions(of: Omit<Look, 'told'>): readonly Found[] {
  const seen = failingExpressions(of.chart, of.explored);
  const told = new Set(seen.flatMap(({ severity, tasks }) => (severity === 'error' ? [tasks[0] ?? ''] : [])));
  const provoked = provokedFailures({ ...of, told }).map(({ failing, moves }) =>
    foundFailing(of.chart, failing, {
      scene: of.explored.first,
      moves,
      isUntroubled: moves.every(isGood),
    }),
  );
  const others = seen.filter(({ tasks }) => !provoked.some((each) => each.tasks[0] === tasks[0]));

  return [...others, ...provoked];
}

/** The first failure that is found of each task, in its own expressions. */
function provokedFailures(look: Look): readonly Provoked[] {
  const found = new Map<string, Provoked>();
  const budget = { left: movesMax };
  for (const { at, node } of doubtfulExpressions(look, look.told)) {
    const id = at ?? '';
    const names = inputsRead(look.chart, node);
    if (names.length === 0 || found.get(id)?.failing.isOfFreeText === false) continue;
    const provoked = firstFailure(look, { id, names, node }, budget);
    if (provoked !== undefined) found.set(id, provoked);
  }

  return [...found.values()];
}

/** The inputs that an expression reads, where it reads nothing else. */
function inputsRead({ definition }: Chart, node: Node): readonly string[] {
  const paths = askedPathsOf(node);
  const isOfInputs = paths.every(
    ([root, member, name = '']) =>
      root === 'workflow' && member === 'input' && Object.hasOwn(definition.input, name),
  );

  return isOfInputs ? [...new Set(paths.map((path) => path[2] ?? ''))] : [];
}

type Asked = { readonly id: string; readonly names: readonly string[]; readonly node: Node };

function firstFailure(
  look: Look,
  { id, names, node }: Asked,
  budget: { left: number },
): Provoked | undefined {
  const { chart, explored } = look;
  const way = wayTo(explored, id);
  const [start] = way;
  if (start?.type !== 'start') return undefined;
  const rules = names.map((name) => chart.definition.input[name]);
  const numbers = [
    ...numbersIn(node),
    ...rules.flatMap((each) => [each?.minimum ?? [], each?.maximum ?? []].flat()),
  ];
  const limits = names.map((name) => limitsOf(chart.definition.input[name], numbers));
  for (const values of combined(limits)) {
    const given = Object.fromEntries(names.map((name, index) => [name, values[index] ?? null]));
    const moves: readonly Move[] = [{ ...start, input: { ...start.input, ...given } }, ...way.slice(1)];
    const failing = failureIn(look, moves, budget);
    if (failing !== undefined && (failing.task ?? '') === id) return { failing, moves };
    if (budget.left <= 0) return undefined;
  }

  return undefined;
}

/** The moves of a shortest run in which the task gets as far as its expressions; any for the end of the run. */
function wayTo(explored: Explored, id: string): readonly Move[] {
  let way: readonly Move[] | undefined;
  for (const { scene, edge, event, transitions } of happenings(explored)) {
    if (way !== undefined && way.length <= scene.depth + 1) continue;
    const isThere =
      id === ''
        ? event.fact.type === 'run.completed'
        : transitions.some(({ task, to }) => task !== undefined && localId(task) === id && to !== 'skipped');
    if (isThere) way = [...movesTo(explored, scene.key), edge.move];
  }

  return way ?? [];
}

function failureIn(
  { chart, explored }: Look,
  moves: readonly Move[],
  budget: { left: number },
): FailedExpression | undefined {
  const { candidates } = explored.scenes.get(explored.first)?.scene ?? {};
  if (candidates === undefined) return undefined;
  let scene = begin(chart, candidates);
  for (const move of moves) {
    budget.left -= 1;
    const next = take(scene, move);
    if (next === undefined) return undefined;
    for (const { event } of next.events) {
      const failing = failingIn(chart, event.fact, next.run.state.error);
      if (failing !== undefined) return failing;
    }
    scene = next;
  }

  return undefined;
}

function numbersIn(node: Node): readonly number[] {
  const own = node.kind === 'literal' && typeof node.value === 'number' ? [node.value] : [];

  return [...own, ...childNodesOf(node).flatMap(numbersIn)];
}

/** The values of an input at which things go wrong, as far as it allows them. */
function limitsOf(property: InputProperty | undefined, numbers: readonly number[]): readonly Json[] {
  if (property === undefined) return [];
  const values = property.enum ?? valuesOf(property, numbers);

  return values.filter((value) => checkValue(value, property).length === 0).slice(0, 16);
}

function valuesOf(property: InputProperty, numbers: readonly number[]): readonly Json[] {
  const { type, minimum, maximum, minLength = 0, maxLength } = property;
  switch (type) {
    case 'boolean':
      return [true, false];
    case 'integer':
    case 'number':
      return unique([0, minimum, maximum, 1, -1, ...numbers.flatMap((each) => [each, each + 1, 0 - each])]);
    case 'array':
      return [[], [itemOf(property)], [itemOf(property), itemOf(property)]];
    case 'object':
      return [{}];
    case 'string':
      return unique([
        '',
        'x',
        'x'.repeat(minLength),
        maxLength === undefined ? undefined : 'x'.repeat(maxLength),
      ]);
    default:
      return [];
  }
}

function itemOf({ items }: InputProperty): Json {
  const type = (items as { readonly type?: string } | undefined)?.type;

  return type === 'string' ? 'x' : type === 'object' ? {} : type === 'boolean' ? true : 1;
}

function unique<Value extends Json>(values: readonly (Value | undefined)[]): readonly Value[] {
  return [...new Set(values.filter((value) => value !== undefined))];
}

function combined(lists: readonly (readonly Json[])[]): readonly (readonly Json[])[] {
  return lists
    .reduce<readonly (readonly Json[])[]>(
      (all, list) => all.flatMap((each) => list.map((value) => [...each, value])).slice(0, inputsMax * 4),
      [[]],
    )
    .slice(0, inputsMax);
}
