import type { Node, Operator } from '../tree.ts';
import { report, type Typing } from './typing.ts';
import { inWords, mayBe, type ValueType } from './value-type.ts';

type Binary = Extract<Node, { readonly kind: 'binary' }>;

/** The type of `left operator right`, by the rules of operators.ts. */
export function inferBinary(node: Binary, typing: Typing): ValueType {
  const left = typing.infer(node.left, typing);
  const right = typing.infer(node.right, typing);
  const fault = faultOf(node.operator, left, right);
  if (fault !== undefined) report(typing, node, fault);

  return resultOf(node.operator, left, right);
}

function resultOf(operator: Operator, left: ValueType, right: ValueType): ValueType {
  switch (operator) {
    case '+':
      return left === 'any' ? right : left;
    case '-':
    case '*':
    case '/':
    case '%':
      return 'number';
    default:
      return 'boolean';
  }
}

function faultOf(operator: Operator, left: ValueType, right: ValueType): string | undefined {
  const given = `this is ${inWords(left)} and ${inWords(right)}`;
  switch (operator) {
    case '==':
    case '!=':
      return neverEqual(operator, left, right);
    case 'in':
      return faultOfIn(left, right);
    case '+':
      return areAlike(left, right, 'number', 'text', 'list')
        ? undefined
        : `"+" takes two numbers, two texts or two lists (string(x) makes a text), and ${given}`;
    case '-':
    case '*':
    case '/':
    case '%':
      return mayBe(left, 'number') && mayBe(right, 'number')
        ? undefined
        : `"${operator}" takes two numbers, and ${given}`;
    default:
      return areAlike(left, right, 'number', 'text')
        ? undefined
        : `"${operator}" compares two numbers or two texts, and ${given}`;
  }
}

function areAlike(left: ValueType, right: ValueType, ...allowed: readonly ValueType[]): boolean {
  const alike = left === right || left === 'any' || right === 'any';

  return alike && mayBe(left, ...allowed) && mayBe(right, ...allowed);
}

/** Asking whether something is null makes sense for any value. */
function neverEqual(operator: '==' | '!=', left: ValueType, right: ValueType): string | undefined {
  if (left === right || [left, right].some((type) => type === 'any' || type === 'null')) return undefined;
  const always = operator === '==' ? 'false' : 'true';

  return `"${operator}" is always ${always} here: ${inWords(left)} never equals ${inWords(right)}`;
}

function faultOfIn(left: ValueType, right: ValueType): string | undefined {
  if (right === 'text') return '"in" looks into a list or the keys of a map; a text has contains()';
  if (!mayBe(right, 'list', 'map')) {
    return `"in" looks into a list or the keys of a map, and this is ${inWords(right)}`;
  }

  return right === 'map' && !mayBe(left, 'text')
    ? `the keys of a map are texts, and this is ${inWords(left)}`
    : undefined;
}
