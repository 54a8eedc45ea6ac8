import { functions } from '../evaluate/functions.ts';
import { methods } from '../evaluate/methods.ts';
import { kindOfSum } from '../evaluate/times.ts';
import type { Builtin } from '../evaluate/values.ts';
import { ExpressionRefused } from '../outcome.ts';
import { parseExpression } from '../parse.ts';
import { askedPathsOf } from '../references.ts';
import {
  type Call,
  childNodesOf,
  type Loop,
  type LoopKind,
  type Member,
  type Method,
  type Node,
  type Operator,
  variablesOf,
} from '../tree.ts';
import { anyShape, type KnownShapes, sharedShape, type TypeShape } from './shape.ts';
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
    const type = resultOfWhole(infer(parseExpression(source), { known, bound: new Set(), faults, infer }));

    return { type, faults };
  } catch (refusal) {
    if (refusal instanceof ExpressionRefused) return { type: 'any', faults: [] };
    throw refusal;
  }
}

/** What the value of an expression is like, as far as it is known. */
export function shapeOfExpression(source: string, known: KnownShapes): TypeShape {
  try {
    return shapeOfNode(parseExpression(source), known);
  } catch (refusal) {
    if (refusal instanceof ExpressionRefused) return anyShape;
    throw refusal;
  }
}

function shapeOfNode(node: Node, known: KnownShapes): TypeShape {
  const types: KnownTypes = (path) => known(path).type;
  const typing: Typing = { known: types, bound: new Set(), faults: [], infer };
  const path = pathOf(node, typing);
  if (path !== undefined) return known(path);
  if (node.kind === 'list')
    return { type: 'list', items: sharedShape(node.items.map((item) => shapeOfNode(item, known))) };
  if (node.kind === 'loop' && (node.loop === 'filter' || node.loop === 'sort_by')) {
    const over = shapeOfNode(node.over, known);
    if (over.type === 'list') return over;
  }
  if (node.kind !== 'map') return { type: resultOfWhole(infer(node, typing)) };
  const members = node.entries.flatMap(([key, value]) =>
    key.kind === 'literal' ? [[String(key.value), shapeOfNode(value, known)] as const] : [],
  );

  return { type: 'map', members: Object.fromEntries(members), sure: members.map(([name]) => name) };
}

/** Times become texts where the expression ends. */
function resultOfWhole(type: ValueType): ValueType {
  return type === 'timestamp' || type === 'duration' ? 'text' : type;
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
      return commonType([node.yes, node.no].map((side) => infer(side, unlessAsked(node.when, typing))));
    case 'and':
    case 'or':
      return needBoth([node.left, node.right], typing, node.kind === 'or' ? '"||"' : '"&&"');
    case 'not':
      return need(node.of, typing, { type: 'boolean', what: '"!"' });
    case 'negate':
      return inferNegated(node.of, typing);
    case 'binary':
      return inferBinary(node, typing);
  }
}

/** What each side of a choice knows: a value whose kind the condition asks for is of another kind on each. */
function unlessAsked(when: Node, typing: Typing): Typing {
  const asked = new Set(kindsAsked(when).flatMap((node) => askedPathsOf(node).map(String)));

  return { ...typing, known: (path) => (asked.has(String(path)) ? 'any' : typing.known(path)) };
}

/** Calls such as `type(x) == list`, and `json(x).startsWith("[")`, which importers write. */
function kindsAsked(node: Node): readonly Node[] {
  const isAsked = node.kind === 'call' && (node.name === 'type' || node.name === 'json');

  return isAsked ? node.args : childNodesOf(node).flatMap(kindsAsked);
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

function inferNegated(node: Node, typing: Typing): ValueType {
  return infer(node, typing) === 'duration'
    ? 'duration'
    : need(node, { ...typing, infer }, { type: 'number', what: 'the sign "-"' });
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
  if (node.carried !== undefined) infer(node.carried.first, typing);
  const inner: Typing = { ...typing, bound: new Set([...typing.bound, ...variablesOf(node)]) };
  const what = `${node.loop}()`;
  if (node.where !== undefined) need(node.where, inner, { type: 'boolean', what });
  const { body, gives } = loopTypes[node.loop];
  if (body === 'any') infer(node.body, inner);
  else need(node.body, inner, { type: body, what });

  return gives;
}

const question = { body: 'boolean', gives: 'boolean' } as const;
/** What the last argument of a loop has to be, and what the loop gives. */
const loopTypes: Readonly<Record<LoopKind, { readonly body: ValueType; readonly gives: ValueType }>> = {
  all: question,
  exists: question,
  exists_one: question,
  filter: { body: 'boolean', gives: 'list' },
  map: { body: 'any', gives: 'list' },
  sort_by: { body: 'any', gives: 'list' },
  group_by: { body: 'text', gives: 'map' },
  reduce: { body: 'any', gives: 'any' },
};

/** A form that is read before any function is looked for. */
const regex: Signature = { takes: [['text']], gives: 'boolean' };
const forms: ReadonlyMap<string, Signature> = new Map([
  ['matches', regex],
  ['hasValue', { takes: [], gives: 'boolean' }],
]);

type Signature = Pick<Builtin, 'takes' | 'gives'>;

function inferCall(node: Node & Call, typing: Typing): ValueType {
  const signature = node.name === 'regex' ? regex : functions.get(node.name);

  return applied(signature, node.name, node.args, typing);
}

function inferMethod(node: Node & Method, typing: Typing): ValueType {
  const signature = forms.get(node.name) ?? methods.get(node.name);

  return applied(signature, node.name, [node.on, ...node.args], typing);
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
  const isTimeSum = timeResult(node.operator, left, right) !== undefined;
  const fault = isTimeSum ? undefined : faultOf(node.operator, left, right);
  if (fault !== undefined) report(typing, node, fault);

  return timeResult(node.operator, left, right) ?? resultOf(node.operator, left, right);
}

/** What times and durations come to; `any` where it depends on a value that is not known. */
function timeResult(operator: Operator, left: ValueType, right: ValueType): ValueType | undefined {
  const isTime = [left, right].some((type) => type === 'timestamp' || type === 'duration');
  if (isTime && (operator === '+' || operator === '-') && [left, right].includes('any')) return 'any';

  return kindOfSum(left, operator, right);
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
      return areAlike(left, right, 'number', 'text', 'boolean', 'timestamp', 'duration')
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
