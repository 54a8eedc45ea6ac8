import type { Node, Operator } from '../../expressions/tree.ts';
import { opposite } from './note.ts';
import { type FreeLeaf, isFree, type Reading } from './reading.ts';
import type { Spot } from './value-site.ts';

/** What is known of a condition: sums of values, multiplied by numbers, held against 0. All of them have to hold. */
type Bounds = readonly Bound[];

type Bound = { readonly sum: Sum; readonly operator: Operator };

type Sum = { readonly terms: ReadonlyMap<Spot, Term>; readonly constant: number };

type Term = { readonly leaf: FreeLeaf; readonly factor: number };

type Solution = ReadonlyMap<Spot, number>;

/** Ways to satisfy one condition, changes on one of them, and values that are looked at in all. */
const waysMax = 8;

const changesMax = 10;

const triesMax = 4_000;

/**
 * Finds values with which a condition over several values holds, and has them tried together: each value by itself
 * would seldom meet the right others.
 */
export function plantSolutions(node: Node, reading: Reading): void {
  for (const bounds of waysOf(node, true, reading)) {
    const leaves = new Map(
      bounds.flatMap(({ sum }) => [...sum.terms].map(([spot, { leaf }]) => [spot, leaf])),
    );
    const solution =
      leaves.size < 2 ? between(bounds) : isPair(bounds) ? undefined : solve(bounds, [...leaves.keys()]);
    if (solution === undefined) continue;
    const [first] = leaves.keys();
    const number = first?.nextOrder() ?? 0;
    for (const [spot, leaf] of leaves) {
      const given = leaf.back(solution.get(spot) ?? 0);
      if (given !== undefined) spot.solved.set(number, given);
    }
  }
}

/** A fraction between two bounds of one value that no whole number keeps to. */
function between(bounds: Bounds): Solution | undefined {
  const limits = bounds.flatMap(({ sum, operator }) =>
    [...sum.terms].map(([spot, { factor }]) => ({ spot, operator, factor, at: 0 - sum.constant / factor })),
  );
  const [first] = limits;
  const isLower = ({ operator, factor }: (typeof limits)[number]) => operator.startsWith('>') === factor > 0;
  const strict = limits.filter(({ operator }) => operator === '<' || operator === '>');
  if (first === undefined || strict.length < 2 || strict.length < limits.length) return undefined;
  const least = Math.max(...strict.filter(isLower).map(({ at }) => at));
  const most = Math.min(...strict.filter((each) => !isLower(each)).map(({ at }) => at));
  const hasWhole = Math.floor(least) + 1 < most;

  return Number.isFinite(least) && least < most && !hasWhole
    ? new Map([[first.spot, (least + most) / 2]])
    : undefined;
}

/** Two values that are compared with each other and nothing else are met by those beside each other. */
function isPair([first, ...others]: Bounds): boolean {
  if (first === undefined || others.length > 0 || first.sum.constant !== 0) return false;
  const factors = [...first.sum.terms.values()].map(({ factor }) => factor);

  return factors.length === 2 && factors.includes(1) && factors.includes(-1);
}

/** The ways in which a condition can be true, or false; what is no sum says nothing. */
function waysOf(node: Node, wanted: boolean, reading: Reading): readonly Bounds[] {
  switch (node.kind) {
    case 'not':
      return waysOf(node.of, !wanted, reading);
    case 'and':
    case 'or': {
      const [left, right] = [waysOf(node.left, wanted, reading), waysOf(node.right, wanted, reading)];
      const isBoth = (node.kind === 'and') === wanted;
      const ways = isBoth
        ? left.flatMap((one) => right.map((other) => [...one, ...other]))
        : [...left, ...right];
      return ways.slice(0, waysMax);
    }
    case 'binary': {
      const sum = difference(sumOf(node.left, reading), sumOf(node.right, reading));
      const operator = wanted ? node.operator : opposite[node.operator];
      return sum === undefined || operator === undefined ? [[]] : [[{ sum, operator }]];
    }
    default:
      return [[]];
  }
}

function difference(left: Sum | undefined, right: Sum | undefined): Sum | undefined {
  return left === undefined || right === undefined ? undefined : added(left, right, -1);
}

function sumOf(node: Node, reading: Reading): Sum | undefined {
  switch (node.kind) {
    case 'literal':
      return typeof node.value === 'number' ? { terms: new Map(), constant: node.value } : undefined;
    case 'negate':
      return multiplied(sumOf(node.of, reading), -1);
    case 'member': {
      const [leaf, ...others] = reading.world.read(node, [], { ...reading, isVaried: false });
      if (leaf === undefined || others.length > 0 || !isFree(leaf) || leaf.isSize) return undefined;
      return isNumber(leaf.spot)
        ? { terms: new Map([[leaf.spot, { leaf, factor: 1 }]]), constant: 0 }
        : undefined;
    }
    case 'binary':
      return combined(node.operator, sumOf(node.left, reading), sumOf(node.right, reading));
    default:
      return undefined;
  }
}

function isNumber({ rules, shapes }: Spot): boolean {
  const type = rules?.type;
  if (type !== undefined) return type === 'integer' || type === 'number';

  return shapes.size === 0 || shapes.has('number');
}

function combined(operator: Operator, left: Sum | undefined, right: Sum | undefined): Sum | undefined {
  if (left === undefined || right === undefined) return undefined;
  switch (operator) {
    case '+':
      return added(left, right, 1);
    case '-':
      return added(left, right, -1);
    case '*':
      if (right.terms.size === 0) return multiplied(left, right.constant);
      return left.terms.size === 0 ? multiplied(right, left.constant) : undefined;
    case '/':
      return right.terms.size === 0 && right.constant !== 0
        ? multiplied(left, 1 / right.constant)
        : undefined;
    default:
      return undefined;
  }
}

function multiplied(sum: Sum | undefined, by: number): Sum | undefined {
  return sum === undefined ? undefined : added({ terms: new Map(), constant: 0 }, sum, by);
}

function added(left: Sum, right: Sum, times: number): Sum {
  const terms = new Map(left.terms);
  for (const [spot, { leaf, factor }] of right.terms) {
    const sum = (terms.get(spot)?.factor ?? 0) + factor * times;
    if (sum === 0) terms.delete(spot);
    else terms.set(spot, { leaf, factor: sum });
  }

  return { terms, constant: left.constant + right.constant * times };
}

/**
 * Mends one bound after the other: of the first that does not hold, each value in turn is set so that it does. Values
 * that do not exist are not found out to be so: then there is no solution within the tries.
 */
function solve(bounds: Bounds, spots: readonly Spot[]): Solution | undefined {
  let tries = 0;
  const seen = new Set<string>();
  const mend = (values: Solution, changes: number): Solution | undefined => {
    const key = [...values.values()].join(' ');
    tries += 1;
    if (seen.has(key) || tries > triesMax) return undefined;
    seen.add(key);
    const broken = bounds.find((bound) => !holds(bound, values));
    if (broken === undefined) return values;
    if (changes === 0) return undefined;
    for (const next of mended(broken, values)) {
      const found = mend(next, changes - 1);
      if (found !== undefined) return found;
    }
    return undefined;
  };

  return mend(new Map(spots.map((spot) => [spot, startOf(spot)])), changesMax);
}

/** The values with one of them set so that the bound holds. */
function mended(bound: Bound, values: Solution): readonly Solution[] {
  return [...bound.sum.terms].flatMap(([spot, { factor }]) =>
    mending(bound, { spot, factor }, values).map((value) => new Map(values).set(spot, value)),
  );
}

function startOf({ rules }: Spot): number {
  return Math.min(Math.max(1, rules?.minimum ?? 1), rules?.maximum ?? 1);
}

function totalOf({ terms, constant }: Sum, values: Solution): number {
  return [...terms].reduce((total, [spot, { factor }]) => total + factor * (values.get(spot) ?? 0), constant);
}

function holds({ sum, operator }: Bound, values: Solution): boolean {
  const total = totalOf(sum, values);
  switch (operator) {
    case '==':
      return total === 0;
    case '!=':
      return total !== 0;
    case '<':
      return total < 0;
    case '<=':
      return total <= 0;
    case '>':
      return total > 0;
    case '>=':
      return total >= 0;
    default:
      return true;
  }
}

/** Values of one place with which the bound holds while the others stay, those nearest to its edge first. */
function mending(
  bound: Bound,
  { spot, factor }: { readonly spot: Spot; readonly factor: number },
  values: Solution,
): readonly number[] {
  const edge = (values.get(spot) ?? 0) - totalOf(bound.sum, values) / factor;
  const near = [edge, ...[1, -1, 2, -2].map((by) => edge + by), Math.floor(edge), Math.ceil(edge)];
  const { minimum = -Infinity, maximum = Infinity, type } = spot.rules ?? {};

  return [...new Set(near)].filter(
    (value) =>
      value >= minimum &&
      value <= maximum &&
      (type === 'number' || Number.isSafeInteger(value)) &&
      holds(bound, new Map(values).set(spot, value)),
  );
}
