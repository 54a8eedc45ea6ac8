import type { BinaryExpression, Expression } from 'acorn';
import {
  binary,
  call,
  choice,
  concatenated,
  holds,
  literal,
  not,
  nothing,
  orEmpty,
  same,
  truthOf,
} from '../cel/make.ts';
import { type Cel, isList, isNumber, isText, isTruth, type Operator } from '../cel/tree.ts';
import { Untranslatable } from '../untranslatable.ts';

/** `a || b` gives a value in JavaScript, and only true or false here. */
export function logical(operator: string, left: Cel, right: Cel): Cel {
  if (operator === '??') return choice(binary('!=', left, nothing), left, right);
  const both = isTruth(left) && isTruth(right);
  if (operator === '||') return both ? binary('||', left, right) : choice(truthOf(left), left, right);

  return both ? binary('&&', left, right) : choice(truthOf(left), right, left);
}

const operators: Readonly<Record<string, Operator>> = {
  '==': '==',
  '===': '==',
  '!=': '!=',
  '!==': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
  '-': '-',
  '*': '*',
  '/': '/',
  '%': '%',
};

export function translateBinary(node: BinaryExpression, inner: (each: Expression) => Cel): Cel {
  if (node.left.type === 'PrivateIdentifier') throw new Untranslatable('a private name');
  const search = searched(node, inner);
  if (search !== undefined) return search;
  const left = inner(node.left);
  const right = inner(node.right);
  if (node.operator === '+') return plus(left, right);
  if (node.operator === 'in') return binary('in', left, orEmpty(right));
  const operator = operators[node.operator];
  if (operator === undefined) throw new Untranslatable(`the operator ${node.operator}`);
  if (operator === '==' || operator === '!=') {
    return node.operator.length === 3 ? same(left, right, operator) : binary(operator, left, right);
  }
  const numeric = ['-', '*', '/', '%'].includes(operator) || isNumber(left) || isNumber(right);

  return numeric ? binary(operator, numberOf(left), numberOf(right)) : binary(operator, left, right);
}

/** `list.indexOf(item) >= 0` and its like ask whether something is there; so do they here. */
function searched(
  { left, operator, right }: BinaryExpression,
  inner: (each: Expression) => Cel,
): Cel | undefined {
  if (left.type !== 'CallExpression' || left.callee.type !== 'MemberExpression') return undefined;
  const { object, property } = left.callee;
  const [sought] = left.arguments;
  const isSearch = property.type === 'Identifier' && property.name === 'indexOf' && object.type !== 'Super';
  if (!isSearch || sought === undefined || sought.type === 'SpreadElement') return undefined;
  const bound = inner(right);
  const text = `${operator}${bound.kind === 'literal' ? bound.value : ''}`;
  if (!/^(>=0|>-1|!==?-1|<0|<=-1|===?-1)$/.test(text)) return undefined;
  const found = holds(inner(object), inner(sought));

  return /^(>|!)/.test(text) ? found : not(found);
}

function plus(left: Cel, right: Cel): Cel {
  if (left.kind === 'literal' && right.kind === 'literal') {
    if (typeof left.value === 'number' && typeof right.value === 'number')
      return literal(left.value + right.value);
  }
  if (isText(left) || isText(right)) return concatenated([left, right]);

  if ([left, right].some((each) => isList(each) || each.kind === 'map')) {
    throw new Untranslatable('a sum of lists or objects, which is a text in JavaScript');
  }

  return binary('+', left, right);
}

/** JavaScript reads a text as a number where it needs one. What is known before the run is read at once. */
function numberOf(of: Cel): Cel {
  if (of.kind !== 'literal' || typeof of.value === 'number') return of;
  const number = Number(of.value);

  return Number.isFinite(number) ? literal(number) : of;
}

export function unary(operator: string, of: Cel): Cel {
  if (operator === '!') return not(truthOf(of));
  if (operator === '-') {
    return of.kind === 'literal' && typeof of.value === 'number'
      ? literal(-of.value)
      : { kind: 'unary', operator: '-', of };
  }
  if (operator === '+') return isNumber(of) ? of : call('double', of);
  if (operator === 'void') return nothing;

  throw new Untranslatable(`the operator ${operator}`);
}
