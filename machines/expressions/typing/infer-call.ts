import type { Call, Method, Node } from '../tree.ts';
import { report, type Typing } from './typing.ts';
import { inWords, mayBe, type ValueType } from './value-type.ts';

/** What a function takes and gives. The last kind of argument holds for all that follow. */
type Signature = { readonly takes: readonly (readonly ValueType[])[]; readonly gives: ValueType };

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

export function inferCall(node: Node & Call, typing: Typing): ValueType {
  return applied(signatureIn(functions, node.name), node.name, node.args, typing);
}

export function inferMethod(node: Node & Method, typing: Typing): ValueType {
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
