import type { Json } from '../../../events/canonical-json.ts';
import type { InputProperty } from '../../definition.ts';
import type { Node } from '../../expressions/tree.ts';

/** Numbers from `min` to `max`; `nonZero`: without 0. */
export type Range = { readonly min: number; readonly max: number; readonly nonZero: boolean };

/** What conditions have told of expressions, by their text as `textOf` writes it. */
export type Facts = ReadonlyMap<string, Range>;

type Inputs = Readonly<Record<string, InputProperty>>;
type Binary = Extract<Node, { readonly kind: 'binary' }>;

const anything: Range = { min: -Infinity, max: Infinity, nonZero: false };

/** The numbers that an expression may give, as far as literals, the rules of inputs and conditions around it say. */
export function rangeOf(node: Node, inputs: Inputs, facts: Facts): Range {
  const own = plainRange(node, inputs, facts);
  const told = facts.get(textOf(node));

  return told === undefined ? own : both(own, told);
}

function plainRange(node: Node, inputs: Inputs, facts: Facts): Range {
  const of = (each: Node) => rangeOf(each, inputs, facts);
  switch (node.kind) {
    case 'literal':
      return typeof node.value === 'number' ? exactly(node.value) : anything;
    case 'member':
      return inputRange(node, inputs);
    case 'negate': {
      const { min, max, nonZero } = of(node.of);
      return { min: 0 - max, max: 0 - min, nonZero };
    }
    case 'choice':
      return either(
        rangeOf(node.yes, inputs, factsIf(node.when, true, facts)),
        rangeOf(node.no, inputs, factsIf(node.when, false, facts)),
      );
    case 'binary':
      return arithmetic(node, of);
    case 'call':
    case 'method':
      return calledRange(node, of);
    default:
      return anything;
  }
}

function calledRange(node: Extract<Node, { kind: 'call' | 'method' }>, of: (node: Node) => Range): Range {
  const args = node.kind === 'method' ? [node.on, ...node.args] : node.args;
  const [first, second] = args;
  if (first === undefined) return anything;
  if (node.name === 'size') {
    const least = first.kind === 'list' ? first.items.length : 0;
    return { ...anything, min: least, nonZero: least > 0 };
  }
  if (node.name === 'orValue' && second !== undefined) return either(of(first), of(second));
  if (node.name === 'max' && args.length > 1)
    return withZero({ ...anything, min: Math.max(...args.map((each) => of(each).min)) });
  if (node.name === 'min' && args.length > 1)
    return withZero({ ...anything, max: Math.min(...args.map((each) => of(each).max)) });

  return node.name === 'abs' ? { ...anything, min: 0, nonZero: of(first).nonZero } : anything;
}

function arithmetic({ operator, left, right }: Binary, of: (node: Node) => Range): Range {
  const [a, b] = [of(left), of(right)];
  switch (operator) {
    case '+':
      return withZero({ ...anything, min: a.min + b.min, max: a.max + b.max });
    case '-':
      return withZero({ ...anything, min: a.min - b.max, max: a.max - b.min });
    case '*': {
      const isSquare = textOf(left) === textOf(right);
      const min = isSquare || (a.min >= 0 && b.min >= 0) ? 0 : -Infinity;
      // The product of what is at least 1 is at least that; of smaller numbers it may be too small for a number.
      return a.min >= 1 && b.min >= 1
        ? { min: 1, max: Infinity, nonZero: true }
        : { min, max: Infinity, nonZero: false };
    }
    default:
      return anything;
  }
}

function inputRange(node: Node, inputs: Inputs): Range {
  const [root, member, name = '', ...more] = textOf(node).split('.');
  const property = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
  if (root !== 'workflow' || member !== 'input' || more.length > 0 || property === undefined) return anything;
  const listed = (property.enum ?? []).filter((value) => typeof value === 'number');
  if (property.enum !== undefined && listed.length === property.enum.length)
    return listed.map(exactly).reduce(either);

  return withZero({ ...anything, min: property.minimum ?? -Infinity, max: property.maximum ?? Infinity });
}

function exactly(value: number): Range {
  return { min: value, max: value, nonZero: value !== 0 };
}

function withZero(range: Range): Range {
  const min = Number.isNaN(range.min) ? -Infinity : range.min;
  const max = Number.isNaN(range.max) ? Infinity : range.max;

  return { min, max, nonZero: range.nonZero || min > 0 || max < 0 };
}

function either(a: Range, b: Range): Range {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max), nonZero: a.nonZero && b.nonZero };
}

function both(a: Range, b: Range): Range {
  return withZero({
    min: Math.max(a.min, b.min),
    max: Math.min(a.max, b.max),
    nonZero: a.nonZero || b.nonZero,
  });
}

/** What is known where a condition is true, or where it is false. */
export function factsIf(node: Node, is: boolean, facts: Facts): Facts {
  if (node.kind === 'not') return factsIf(node.of, !is, facts);
  if (node.kind === 'and' || node.kind === 'or') {
    return (node.kind === 'and') === is ? factsIf(node.right, is, factsIf(node.left, is, facts)) : facts;
  }
  if (node.kind !== 'binary') return facts;
  const { operator, left, right } = node;
  const told = new Map(facts);
  const add = (about: Node, range: Range | undefined) => {
    if (range === undefined) return;
    const key = textOf(about);
    told.set(key, both(told.get(key) ?? anything, range));
  };
  const asked = is ? operator : opposites[operator];
  if (asked === undefined) return facts;
  for (const [about, other, how] of [
    [left, right, asked],
    [right, left, turned[asked] ?? asked],
  ] as const) {
    if (other.kind === 'list' && other.items.length === 0 && how === '!=') {
      told.set(`size(${textOf(about)})`, { min: 1, max: Infinity, nonZero: true });
    }
    const value = literalOf(other);
    if (typeof value === 'number') add(about, compared(about, how, value));
  }

  return told;
}

const opposites: Readonly<Record<string, string>> = {
  '==': '!=',
  '!=': '==',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
};
const turned: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

function literalOf(node: Node): Json | undefined {
  if (node.kind === 'negate') {
    const value = literalOf(node.of);
    return typeof value === 'number' ? 0 - value : undefined;
  }

  return node.kind === 'literal' ? node.value : undefined;
}

function compared(about: Node, operator: string, value: number): Range | undefined {
  // A size is a whole number: more than 0 is at least 1.
  const gap = textOf(about).startsWith('size(') ? 1 : 0;
  switch (operator) {
    case '==':
      return exactly(value);
    case '!=':
      if (value !== 0) return undefined;
      return gap === 1 ? { min: 1, max: Infinity, nonZero: true } : { ...anything, nonZero: true };
    case '>':
      return { min: value + gap, max: Infinity, nonZero: value >= 0 };
    case '>=':
      return { min: value, max: Infinity, nonZero: value > 0 };
    case '<':
      return { min: -Infinity, max: value, nonZero: value <= 0 };
    case '<=':
      return { min: -Infinity, max: value, nonZero: value < 0 };
    default:
      return undefined;
  }
}

/** The expression in one spelling; of a path the names with dots between them. */
export function textOf(node: Node): string {
  switch (node.kind) {
    case 'literal':
      return JSON.stringify(node.value);
    case 'name':
      return node.name;
    case 'member':
      return node.key.kind === 'literal' && typeof node.key.value === 'string'
        ? `${textOf(node.of)}.${node.key.value}`
        : `${textOf(node.of)}[${textOf(node.key)}]`;
    case 'call':
      return `${node.name}(${node.args.map(textOf).join(', ')})`;
    case 'method':
      return `${node.name}(${[node.on, ...node.args].map(textOf).join(', ')})`;
    case 'binary':
      return `(${textOf(node.left)} ${node.operator} ${textOf(node.right)})`;
    case 'list':
      return `[${node.items.map(textOf).join(', ')}]`;
    case 'choice':
      return `(${textOf(node.when)} ? ${textOf(node.yes)} : ${textOf(node.no)})`;
    case 'and':
    case 'or':
      return `(${textOf(node.left)} ${node.kind} ${textOf(node.right)})`;
    case 'not':
    case 'negate':
    case 'has':
      return `${node.kind}(${textOf(node.of)})`;
    default:
      // Loops and maps are never spoken of by a condition: the place tells two of them apart.
      return `${node.kind}@${node.start}-${node.end}`;
  }
}
