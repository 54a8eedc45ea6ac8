import type { Json } from '../../../events/canonical-json.ts';
import { checkTextLength, type Evaluate, type Frame, spend } from '../frame.ts';
import { failed, unfit } from '../outcome.ts';
import type { Operator } from '../tree.ts';
import { timeSum } from './times.ts';
import { equal, finite, isList, isMap, needText, orderOf, ownMember } from './values.ts';

/**
 * The operators on two values. There is one kind of number, JSON's: `7 / 2` is 3.5 and `list[n]`, `n % 2` take any
 * whole number, whether it was written in the expression or came with the data. Nothing is converted: `"5" == 5` is
 * false.
 */
export function buildBinary(operator: Operator, left: Evaluate, right: Evaluate): Evaluate {
  const apply = operators[operator];

  return (frame) => apply(left(frame), right(frame), frame);
}

type Apply = (left: Json, right: Json, frame: Frame) => Json;

const minus = arithmetic('-', (left, right) => left - right);

const operators: Readonly<Record<Operator, Apply>> = {
  '==': (left, right, frame) => equal(left, right, frame),
  '!=': (left, right, frame) => !equal(left, right, frame),
  in: isIn,
  '+': plus,
  '-': (left, right, frame) => timeSum(left, right, '-') ?? minus(left, right, frame),
  '*': arithmetic('*', (left, right) => left * right),
  '/': arithmetic('/', (left, right) => left / notZero(right)),
  '%': arithmetic('%', (left, right) => left % notZero(right)),
  '<': comparison('<', (order) => order < 0),
  '<=': comparison('<=', (order) => order <= 0),
  '>': comparison('>', (order) => order > 0),
  '>=': comparison('>=', (order) => order >= 0),
};

function isIn(left: Json, right: Json, frame: Frame): boolean {
  if (isList(right)) {
    spend(frame, right.length);
    return right.some((item) => equal(left, item, frame));
  }
  if (isMap(right)) return ownMember(right, needText(left, 'looking into a map with "in"')) !== undefined;

  throw unfit('"in" looks into a list or the keys of a map; a text has contains()', right);
}

function plus(left: Json, right: Json, frame: Frame): Json {
  if (typeof left === 'number' && typeof right === 'number') return exact(left + right, left, right);
  if (typeof left === 'string' && typeof right === 'string') {
    checkTextLength(left.length + right.length);
    return left + right;
  }
  if (isList(left) && isList(right)) {
    spend(frame, left.length + right.length);
    return [...left, ...right];
  }
  const time = timeSum(left, right, '+');
  if (time !== undefined) return time;

  throw unfit('"+" takes two numbers, two texts or two lists (string(x) makes a text)', left, right);
}

function arithmetic(operator: string, apply: (left: number, right: number) => number): Apply {
  return (left, right) => {
    if (typeof left === 'number' && typeof right === 'number') return exact(apply(left, right), left, right);
    throw unfit(`"${operator}" takes two numbers`, left, right);
  };
}

/** Whole numbers stay exact or fail: a count that is off by one in silence is worse than an error. */
function exact(result: number, left: number, right: number): number {
  const inexact = Number.isInteger(result) && !Number.isSafeInteger(result);
  if (inexact && Number.isSafeInteger(left) && Number.isSafeInteger(right)) {
    throw failed('the result is too large to be exact as a JSON number');
  }

  return finite(result);
}

function notZero(divisor: number): number {
  if (divisor === 0) throw failed('division by zero');
  return divisor;
}

function comparison(operator: string, apply: (order: number) => boolean): Apply {
  return (left, right) => {
    const order = orderOf(left, right);
    if (order !== undefined) return apply(order);
    throw unfit(`"${operator}" compares two numbers or two texts`, left, right);
  };
}
