import type { Loop, Member, Node } from '../tree.ts';
import { inferCall, inferMethod } from './infer-call.ts';
import { inferBinary } from './infer-operator.ts';
import { report, type Typing } from './typing.ts';
import { commonType, inWords, mayBe, typeOfValue, type ValueType } from './value-type.ts';

/** The type of the value that a node gives, as far as it is known. Reports what can only fail on the way. */
export function infer(node: Node, typing: Typing): ValueType {
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
