import { ExpressionRefused } from '../outcome.ts';
import { parseExpression } from '../parse.ts';
import type { Call, Loop, Member, Method, Node, Operator } from '../tree.ts';
import {
  commonType,
  inWords,
  type KnownTypes,
  mayBe,
  report,
  type TypeFault,
  type Typing,
  typeOfValue,
  type ValueType,
} from './typing.ts';

const number: readonly ValueType[] = ['number'];
const text: readonly ValueType[] = ['text'];
const sized: readonly ValueType[] = ['text', 'list', 'map'];

/** By the rules of functions.ts; how many arguments there may be is checked where a call is built. */
const functions: Readonly<Record<string, Signature>> = {
  size: { takes: [sized], gives: 'number' },
  string: { takes: [['text', 'number', 'boolean']], gives: 'text' },
  json: { takes: [], gives: 'text' },
  int: { takes: [['number', 'text']], gives: 'number' },
  double: { takes: [['number', 'text']], gives: 'number' },
  bool: { takes: [['boolean', 'text']], gives: 'boolean' },
  abs: { takes: [number], gives: 'number' },
  floor: { takes: [number], gives: 'number' },
  ceil: { takes: [number], gives: 'number' },
  round: { takes: [number], gives: 'number' },
  min: { takes: [['number', 'list'], number], gives: 'number' },
  max: { takes: [['number', 'list'], number], gives: 'number' },
  regex: { takes: [text], gives: 'boolean' },
};

/** By the rules of methods.ts; the value before the dot is the first argument. */
const methods: Readonly<Record<string, Signature>> = {
  size: { takes: [sized], gives: 'number' },
  startsWith: { takes: [text], gives: 'boolean' },
  endsWith: { takes: [text], gives: 'boolean' },
  contains: { takes: [text], gives: 'boolean' },
  indexOf: { takes: [text], gives: 'number' },
  lastIndexOf: { takes: [text], gives: 'number' },
  split: { takes: [text], gives: 'list' },
  trim: { takes: [text], gives: 'text' },
  lowerAscii: { takes: [text], gives: 'text' },
  upperAscii: { takes: [text], gives: 'text' },
  substring: { takes: [text, number], gives: 'text' },
  replace: { takes: [text], gives: 'text' },
  join: { takes: [['list'], text], gives: 'text' },
  hasValue: { takes: [], gives: 'boolean' },
};

/**
 * The type of an expression as far as it is known, and what in it can only fail. A text that is no expression has no
 * faults of this kind.
 */
export function checkTypes(
  source: string,
  known: KnownTypes,
): { readonly type: ValueType; readonly faults: readonly TypeFault[] } {
  const faults: TypeFault[] = [];
  try {
    const type = infer(parseExpression(source), { known, bound: new Set(), faults, infer });

    return { type, faults };
  } catch (refusal) {
    if (refusal instanceof ExpressionRefused) return { type: 'any', faults: [] };
    throw refusal;
  }
}

/** The type of the value that a node gives, as far as it is known. Reports what can only fail on the way. */
function infer(node: Node, typing: Typing): ValueType {
  const below = (child: Node): ValueType => infer(child, typing);
  switch (node.kind) {
    case 'literal':
      return typeOfValue(node.value);
    case 'name':
      return typing.bound.has(node.name) ? 'any' : typing.known([node.name]);
    case 'member':
      return inferMember(node, typing);
    case 'has':
      return 'boolean';
    case 'call':
      return inferCall(node, typing);
    case 'method':
      return inferMethod(node, typing);
    case 'loop':
      return inferLoop(node, typing);
    case 'list':
      for (const item of node.items) below(item);
      return 'list';
    case 'map':
      return inferMap(node.entries, typing);
    case 'choice':
      need(node.when, typing, { type: 'boolean', what: 'the condition before "?"' });
      return commonType([below(node.yes), below(node.no)]);
    case 'and':
    case 'or':
      return needBoth([node.left, node.right], typing, node.kind === 'or' ? '"||"' : '"&&"');
    case 'not':
      return need(node.of, typing, { type: 'boolean', what: '"!"' });
    case 'negate':
      return need(node.of, typing, { type: 'number', what: 'the sign "-"' });
    case 'binary':
      return inferBinary(node, typing);
  }
}

/** The type that was asked for, which the value has or nothing comes of it. */
function need(
  node: Node,
  typing: Typing,
  { type, what }: { readonly type: ValueType; readonly what: string },
): ValueType {
  const found = infer(node, typing);
  if (!mayBe(found, type))
    report(typing, node, `${what} needs ${inWords(type)}, and this is ${inWords(found)}`);

  return type;
}

function needBoth(sides: readonly Node[], typing: Typing, what: string): ValueType {
  for (const side of sides) need(side, typing, { type: 'boolean', what });

  return 'boolean';
}

function inferMap(entries: readonly (readonly [Node, Node])[], typing: Typing): ValueType {
  for (const [key, value] of entries) {
    need(key, typing, { type: 'text', what: 'a key of a map' });
    infer(value, typing);
  }

  return 'map';
}

function inferMember(node: Node & Member, typing: Typing): ValueType {
  const path = pathOf(node, typing);
  const known = path === undefined ? 'any' : typing.known(path);
  const of = infer(node.of, typing);
  const key = infer(node.key, typing);
  if (node.optional || of === 'any') return known;
  if (!mayBe(of, 'list', 'map')) report(typing, node, `${inWords(of)} has no members`);
  else if (of === 'list' && !mayBe(key, 'number')) {
    report(typing, node, `an item of a list has a number, and this is ${inWords(key)}`);
  } else if (of === 'map' && !mayBe(key, 'text')) {
    report(typing, node, `a member of a map has a name, and this is ${inWords(key)}`);
  }

  return known;
}

/** The names a chain of members goes through; undefined where they are not all written. */
function pathOf(node: Node, typing: Typing): readonly string[] | undefined {
  if (node.kind === 'name') return typing.bound.has(node.name) ? undefined : [node.name];
  if (node.kind !== 'member' || node.optional || node.key.kind !== 'literal') return undefined;
  const before = pathOf(node.of, typing);
  const { value } = node.key;

  return before === undefined || typeof value !== 'string' ? undefined : [...before, value];
}

function inferLoop(node: Node & Loop, typing: Typing): ValueType {
  const over = infer(node.over, typing);
  if (!mayBe(over, 'list', 'map')) {
    report(
      typing,
      node.over,
      `${node.loop}() walks a list or the keys of a map, and this is ${inWords(over)}`,
    );
  }
  const inner: Typing = { ...typing, bound: new Set([...typing.bound, node.variable]) };
  const what = `${node.loop}()`;
  if (node.where !== undefined) need(node.where, inner, { type: 'boolean', what });
  if (node.loop === 'map') infer(node.body, inner);
  else need(node.body, inner, { type: 'boolean', what });

  return node.loop === 'map' || node.loop === 'filter' ? 'list' : 'boolean';
}

/** What a function takes and gives. The last kind of argument holds for all that follow. */
type Signature = { readonly takes: readonly (readonly ValueType[])[]; readonly gives: ValueType };

function inferCall(node: Node & Call, typing: Typing): ValueType {
  return applied(signatureIn(functions, node.name), node.name, node.args, typing);
}

function inferMethod(node: Node & Method, typing: Typing): ValueType {
  return applied(signatureIn(methods, node.name), node.name, [node.on, ...node.args], typing);
}

function signatureIn(table: Readonly<Record<string, Signature>>, name: string): Signature | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function applied(
  signature: Signature | undefined,
  name: string,
  args: readonly Node[],
  typing: Typing,
): ValueType {
  args.forEach((arg, index) => {
    const found = typing.infer(arg, typing);
    const allowed = signature?.takes[index] ?? signature?.takes.at(-1);
    if (allowed === undefined || mayBe(found, ...allowed)) return;
    report(
      typing,
      arg,
      `${name}() takes ${allowed.map(inWords).join(' or ')} here, and this is ${inWords(found)}`,
    );
  });

  return signature?.gives ?? 'any';
}

type Binary = Extract<Node, { readonly kind: 'binary' }>;

/** The type of `left operator right`, by the rules of operators.ts. */
function inferBinary(node: Binary, typing: Typing): ValueType {
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
