// Whether conditions can never hold together, whatever the values are: then what depends on them never runs. Each
// condition is taken apart into ways to satisfy it, and a way into facts about values; a way is ruled out where these
// contradict each other, or what is known of the values. What is not understood says nothing.
import type { Json } from '../../../events/canonical-json.ts';
import type { Chart } from '../../chart/chart.ts';
import type { TaskPlace } from '../../chart/plan.ts';
import { parseExpression } from '../../expressions/parse.ts';
import type { Node, Operator } from '../../expressions/tree.ts';
import { checkValue } from '../../language/input-value.ts';
import { bareExpression } from '../../language/references/expression-sites.ts';
import { opposite } from '../candidates/note.ts';
import { textOf } from '../deep/value-range.ts';
import { isImpossible, type LinearBound, type Terms } from './bounds.ts';
import { isSteady, type Possible, possibleAt } from './possible-values.ts';

/** A condition, or the other way round, of the task `at`. */
type Condition = { readonly text: string; readonly wanted: boolean; readonly at: string };

type Fact =
  | { readonly kind: 'is'; readonly key: string; readonly value: Json; readonly wanted: boolean }
  | { readonly kind: 'bound'; readonly bound: LinearBound };

type Way = readonly Fact[];

/** Ways that are looked at in all; with more of them nothing is proven. */
const waysMax = 256;

type Look = {
  readonly chart: Chart;
  readonly at: string;
  /** What is known of the values by their keys; grows while conditions are read. */
  readonly known: Map<string, Possible>;
};

/** Whether a task can begin in no run, by what has to hold before it does. */
export function neverBegins(chart: Chart, id: string): boolean {
  return contradict(chart, conditionsOf(chart, id, new Set()));
}

/** Whether no signal can satisfy the `match` of a WAIT. */
export function neverMatches(chart: Chart, id: string, match: string): boolean {
  return contradict(chart, [{ text: match, wanted: true, at: id }]);
}

function contradict(chart: Chart, conditions: readonly Condition[]): boolean {
  const known = new Map<string, Possible>();
  let ways: readonly Way[] = [[]];
  for (const { text, wanted, at } of conditions) {
    const node = parsed(bareExpression(text));
    if (node === undefined) continue;
    const own = waysOf({ chart, at, known }, node, wanted);
    if (ways.length * own.length > waysMax) continue;
    ways = ways.flatMap((one) => own.map((other) => [...one, ...other]));
  }

  return conditions.length > 0 && ways.every((way) => isRuledOut(way, known));
}

function parsed(source: string): Node | undefined {
  try {
    return parseExpression(source);
  } catch {
    return undefined;
  }
}

/** What holds whenever a task begins: its own condition, and those of what has to come before it. */
function conditionsOf(chart: Chart, id: string, seen: Set<string>): readonly Condition[] {
  const place = chart.plan.get(id);
  if (place === undefined || seen.has(id)) return [];
  seen.add(id);
  const { task, owner, branch, routers } = place;
  const own = task.when === undefined ? [] : [{ text: task.when, wanted: true, at: id }];
  const before = [...[owner, branch?.of].filter((each) => each !== undefined), ...neededBy(place)];
  const [router] = routers;
  const routed =
    routers.length === 1 && router?.kind === 'decision' ? chosenBy(chart, router.id, id, seen) : [];

  return [...own, ...routed, ...before.flatMap((each) => conditionsOf(chart, each, seen))];
}

/** The tasks without which it does not begin. In a branch what was skipped hinders nobody. */
function neededBy({ task, branch }: TaskPlace): readonly string[] {
  const { dependsOn, join } = task;
  if (branch !== undefined || join === 'all_done') return [];
  const needed = typeof join === 'number' ? join : 1;

  return needed >= dependsOn.length ? dependsOn : [];
}

function chosenBy(chart: Chart, by: string, id: string, seen: Set<string>): readonly Condition[] {
  const decision = chart.plan.get(by)?.task;
  const around = conditionsOf(chart, by, seen);
  if (decision?.type !== 'DECISION' || decision.defaultNext?.includes(id) === true) return around;
  const [taken, ...others] = decision.cases.filter(({ next }) => next.includes(id));
  if (taken === undefined || others.length > 0) return around;
  const { value, condition } = taken;
  // A text that may stand for a number or a truth is compared as text with these.
  const isText = !/^(-?[\d.]+|true|false|null)$/.test(value);
  const asked = isText
    ? [{ text: `(${bareExpression(decision.param)}) == ${JSON.stringify(value)}`, wanted: true, at: by }]
    : [];

  return [
    ...around,
    ...asked,
    ...(condition === undefined ? [] : [{ text: condition, wanted: true, at: by }]),
  ];
}

/** The ways in which an expression can be true, or false. */
function waysOf(look: Look, node: Node, wanted: boolean): readonly Way[] {
  switch (node.kind) {
    case 'literal':
      return node.value === wanted ? [[]] : [];
    case 'not':
      return waysOf(look, node.of, !wanted);
    case 'and':
    case 'or': {
      const [left, right] = [waysOf(look, node.left, wanted), waysOf(look, node.right, wanted)];
      return (node.kind === 'and') === wanted ? both(left, right) : [...left, ...right];
    }
    case 'choice':
      return [
        ...both(waysOf(look, node.when, true), waysOf(look, node.yes, wanted)),
        ...both(waysOf(look, node.when, false), waysOf(look, node.no, wanted)),
      ];
    case 'binary':
      return compared(look, node, wanted);
    default:
      return [[{ kind: 'is', key: keyOf(look, node), value: true, wanted }]];
  }
}

/** Where there are too many ways, one side alone has to be ruled out. */
function both(left: readonly Way[], right: readonly Way[]): readonly Way[] {
  if (left.length * right.length > waysMax) return left.length < right.length ? left : right;

  return left.flatMap((one) => right.map((other) => [...one, ...other]));
}

function compared(look: Look, node: Extract<Node, { kind: 'binary' }>, wanted: boolean): readonly Way[] {
  const { left, right } = node;
  const operator = wanted ? node.operator : opposite[node.operator];
  if (node.operator === 'in') return among(look, node, wanted);
  if (operator === undefined) return [[]];
  const [about, value] = literalOf(right) === undefined ? [right, literalOf(left)] : [left, literalOf(right)];
  const isEquality = operator === '==' || operator === '!=';
  if (isEquality && value !== undefined && typeof value !== 'number')
    return [[{ kind: 'is', key: keyOf(look, about), value, wanted: operator === '==' }]];

  return ways(look, left, operator, right);
}

function among(
  look: Look,
  { left, right }: Extract<Node, { kind: 'binary' }>,
  wanted: boolean,
): readonly Way[] {
  if (right.kind !== 'list') return [[]];
  const each = right.items.map((item) =>
    compared(look, { ...right, kind: 'binary', operator: '==', left, right: item }, wanted),
  );

  return wanted ? each.flat() : each.reduce(both, [[]]);
}

/** Sums held against each other. Two values of which it is not known that they are numbers may be texts. */
function ways(look: Look, left: Node, operator: Operator, right: Node): readonly Way[] {
  const terms = difference(look, left, right);
  if (terms === undefined) return [[]];
  const at = (how: LinearBound['operator']): Way => [{ kind: 'bound', bound: { ...terms, operator: how } }];
  const isNumeric = literalOf(left) !== undefined || literalOf(right) !== undefined;
  if (operator === '==') return isNumeric ? [at('==')] : [[]];
  if (operator !== '!=') return [at(operator as LinearBound['operator'])];
  const isKnown = [...terms.terms.keys()].every((key) => look.known.get(key)?.min !== undefined);

  return isNumeric && isKnown ? [at('<'), at('>')] : [[]];
}

function literalOf(node: Node): Json | undefined {
  if (node.kind === 'literal') return node.value;

  return node.kind === 'negate' && node.of.kind === 'literal' && typeof node.of.value === 'number'
    ? 0 - node.of.value
    : undefined;
}

function keyOf(look: Look, node: Node): string {
  const key = isSteady(node) ? textOf(node) : `${look.at}: ${textOf(node)}`;
  if (!look.known.has(key)) look.known.set(key, possibleAt(look.chart, look.at, node));

  return key;
}

function difference(look: Look, left: Node, right: Node): Omit<LinearBound, 'operator'> | undefined {
  const [one, other] = [sumOf(look, left), sumOf(look, right)];
  const terms = new Map(one.terms);
  for (const [key, factor] of other.terms) terms.set(key, (terms.get(key) ?? 0) - factor);
  const sum = { terms, constant: one.constant - other.constant, isExact: one.isExact && other.isExact };
  // Numbers that are added up lose their last digits, and large ones all of them.
  if (sum.isExact || terms.size < 2 || isSmall(look, terms)) return sum;

  return {
    terms: new Map([
      [keyOf(look, left), 1],
      [keyOf(look, right), -1],
    ]),
    constant: 0,
    isExact: true,
  };
}

const smallMax = 1e9;

function isSmall({ known }: Look, terms: Terms): boolean {
  return [...terms].every(([key, factor]) => {
    const { min = -Infinity, max = Infinity, isWhole } = known.get(key) ?? {};
    return isWhole === true && Number.isInteger(factor) && min >= 0 - smallMax && max <= smallMax;
  });
}

type Sum = Omit<LinearBound, 'operator'>;

/** An expression as a sum of values that are multiplied by numbers. `isExact`: nothing is calculated. */
function sumOf(look: Look, node: Node): Sum {
  const alone = (): Sum => ({ terms: new Map([[keyOf(look, node), 1]]), constant: 0, isExact: true });
  const value = literalOf(node);
  if (typeof value === 'number') return { terms: new Map(), constant: value, isExact: true };
  if (node.kind !== 'binary' || !['+', '-', '*'].includes(node.operator)) return alone();
  const [left, right] = [sumOf(look, node.left), sumOf(look, node.right)];
  if (node.operator === '*') {
    if (right.terms.size === 0) return summed(nothing, left, right.constant);
    return left.terms.size === 0 ? summed(nothing, right, left.constant) : alone();
  }
  // A text or a list may be added to another one.
  if (
    node.operator === '+' &&
    ![...left.terms.keys(), ...right.terms.keys()].every((key) => look.known.get(key)?.min !== undefined)
  ) {
    return alone();
  }

  return node.operator === '+' ? summed(left, right, 1) : summed(left, right, -1);
}

const nothing: Sum = { terms: new Map(), constant: 0, isExact: true };

function summed(left: Sum, right: Sum, times: number): Sum {
  const terms = new Map(left.terms);
  for (const [key, factor] of right.terms) terms.set(key, (terms.get(key) ?? 0) + factor * times);

  return { terms, constant: left.constant + right.constant * times, isExact: false };
}

function isRuledOut(way: Way, known: ReadonlyMap<string, Possible>): boolean {
  const keys = new Set(
    way.flatMap((fact) => (fact.kind === 'is' ? [fact.key] : [...fact.bound.terms.keys()])),
  );
  if ([...keys].some((key) => !mayBe(key, way, known.get(key) ?? {}))) return true;

  return isImpossible(
    way.flatMap((fact) => (fact.kind === 'bound' ? [fact.bound] : [])),
    known,
  );
}

/** Whether there is a value for a key, by the facts about it alone. */
function mayBe(key: string, way: Way, { listed, min, rules }: Possible): boolean {
  const facts = way.flatMap((fact) => (fact.kind === 'is' && fact.key === key ? [fact] : []));
  const same = (a: Json, b: Json) => JSON.stringify(a) === JSON.stringify(b);
  const wanted = facts.filter((fact) => fact.wanted).map(({ value }) => value);
  const [one] = wanted;
  const isNumber =
    min !== undefined ||
    way.some(
      (fact) =>
        fact.kind === 'bound' && fact.bound.terms.get(key) !== undefined && fact.bound.terms.size === 1,
    );
  if (one === undefined)
    return (
      listed === undefined ||
      listed.some((value) => !facts.some((fact) => same(fact.value, value)) && fits(key, value, way))
    );
  if (
    wanted.some((value) => !same(value, one)) ||
    facts.some((fact) => !fact.wanted && same(fact.value, one))
  )
    return false;
  if (isNumber || (rules !== undefined && checkValue(one, rules).length > 0)) return false;

  return listed === undefined || listed.some((value) => same(value, one));
}

/** Whether a value keeps to what is said of its number alone. */
function fits(key: string, value: Json, way: Way): boolean {
  return way.every((fact) => {
    if (fact.kind !== 'bound' || fact.bound.terms.size !== 1 || !fact.bound.terms.has(key)) return true;
    const sum = (fact.bound.terms.get(key) ?? 0) * Number(value) + fact.bound.constant;
    if (typeof value !== 'number') return false;
    const slack = fact.bound.isExact ? 0 : 1e-9 * (1 + Math.abs(fact.bound.constant));
    return holds(sum, fact.bound.operator, slack);
  });
}

function holds(sum: number, operator: LinearBound['operator'], slack: number): boolean {
  switch (operator) {
    case '<':
      return sum < slack || (slack > 0 && sum <= slack);
    case '<=':
      return sum <= slack;
    case '>':
      return sum > 0 - slack || (slack > 0 && sum >= 0 - slack);
    case '>=':
      return sum >= 0 - slack;
    case '==':
      return Math.abs(sum) <= slack;
  }
}
