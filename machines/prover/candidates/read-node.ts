import type { Json } from '../../../events/canonical-json.ts';
import type { Call, Loop, Member, Method, Node, Operator } from '../../expressions/tree.ts';
import { note } from './note.ts';
import { readingOfItem, searches } from './predicate-solver.ts';
import { readName } from './read-name.ts';
import { constant, isFree, type Leaf, mapped, type Reading } from './reading.ts';
import { sampleOf } from './sample-text.ts';
import { anyItem, type Spot, type ValueShape } from './value-site.ts';

type Path = readonly string[];

/** Follows the value at a path below what an expression gives, and notes what it makes of the values on its way. */
export function readNode(node: Node, path: Path, reading: Reading): readonly Leaf[] {
  const { world } = reading;
  switch (node.kind) {
    case 'literal':
      return path.length === 0 ? [constant(node.value)] : [];
    case 'name':
      return readName(node.name, path, reading);
    case 'member':
      return readMember(node, path, reading);
    case 'call':
      return readCall(node, reading);
    case 'method':
      return readMethod(node, path, reading);
    case 'loop':
      return readLoop(node, path, reading);
    case 'list':
      return readParts(node.items, path[0] === anyItem ? path.slice(1) : undefined, reading);
    case 'map': {
      const asked = node.entries.flatMap(([key, value]) =>
        path.length === 0 || (key.kind === 'literal' && key.value === path[0]) ? [value] : [],
      );
      return readParts(asked, path.length === 0 ? undefined : path.slice(1), reading);
    }
    case 'choice':
      world.judge(node.when, undefined, reading);
      return [...readNode(node.yes, path, reading), ...readNode(node.no, path, reading)];
    case 'negate':
      return mapped(numbers(node.of, reading), (value) => (typeof value === 'number' ? -value : undefined));
    case 'binary':
      if (arithmetic.includes(node.operator)) return readArithmetic(node, path, reading);
      break;
    default:
  }
  world.judge(node, undefined, reading);

  return [];
}

const arithmetic: readonly Operator[] = ['+', '-', '*', '/', '%'];

/** The parts of a list or a map that is written down; without a path they are only looked at. */
function readParts(nodes: readonly Node[], path: Path | undefined, reading: Reading): readonly Leaf[] {
  const leaves = nodes.flatMap((node) => readNode(node, path ?? [], reading));
  if (path === undefined) note(leaves, {}, { ...reading, isVaried: false });

  return path === undefined ? [] : leaves;
}

function readMember(node: Member, path: Path, reading: Reading): readonly Leaf[] {
  const { key } = node;
  const name = key.kind === 'literal' ? key.value : undefined;
  if (typeof name === 'number') {
    const lists = readNode(node.of, [], reading).filter(isFree);
    for (const { spot, isSize } of lists) if (!isSize) noteIndex(spot, name);
  }
  if (name === undefined) note(readNode(key, [], reading), {}, reading);
  const leaves = readNode(node.of, [typeof name === 'string' ? name : anyItem, ...path], reading);
  if (node.optional && reading.isVaried && path.length === 0) note(leaves, { marks: ['mayLack'] }, reading);

  return leaves;
}

/** A list that is an input may be too short for it, and whoever reads it fails: that is another way. */
function noteIndex(spot: Spot, index: number): void {
  spot.lengths.add(index + 1);
  if (spot.rules === undefined || spot.rules.enum !== undefined) return;
  spot.lengths.add(index);
  spot.preferredLengths.push(index + 1);
  spot.marks.add('varied');
}

function readLoop(node: Node & Loop, path: Path, reading: Reading): readonly Leaf[] {
  if (node.loop !== 'filter' && node.loop !== 'map') {
    reading.world.judge(node, undefined, reading);
    return [];
  }
  const inner = readingOfItem(node, reading);
  const where = node.loop === 'filter' ? node.body : node.where;
  if (where !== undefined) reading.world.judge(where, undefined, inner);
  if (path.length > 0) {
    return node.loop === 'filter'
      ? readNode(node.over, path, reading)
      : readNode(node.body, path.slice(1), inner);
  }
  const over = readNode(node.over, [], reading);
  const aside = { ...inner, isVaried: false };
  note(over, { shape: 'list' }, aside);
  if (node.loop === 'map') note(readNode(node.body, [], inner), {}, aside);

  return mapped(over, () => undefined);
}

function numbers(node: Node, reading: Reading): readonly Leaf[] {
  const leaves = readNode(node, [], reading);
  note(leaves, { shape: 'number' }, { ...reading, isVaried: false });

  return leaves;
}

type Binary = Extract<Node, { readonly kind: 'binary' }>;

/** A value that is calculated with. Of a sum of several that come from outside each is varied by itself. */
function readArithmetic({ operator, left, right }: Binary, path: Path, reading: Reading): readonly Leaf[] {
  const read =
    operator === '+' ? (node: Node) => readNode(node, path, reading) : (node: Node) => numbers(node, reading);
  const [lefts, rights] = [read(left), read(right)];
  const known = (leaves: readonly Leaf[]) => leaves.find((leaf) => leaf.kind === 'constant')?.value;
  const [before, after] = [known(lefts), known(rights)];
  const isText = typeof before === 'string' || typeof after === 'string';
  const all = [...lefts, ...rights];
  // Nothing can be divided by 0, and whoever tries to fails: that is another way, whatever becomes of the quotient.
  if (operator === '/' || operator === '%')
    note(rights, { shape: 'number', values: [1, 0] }, { ...reading, isVaried: true });
  if (operator === '+' && before === undefined && after === undefined) return all;
  note(all, { shape: isText ? 'text' : 'number' }, { ...reading, isVaried: false });
  if (isText) return [...mapped(lefts, withoutEnd(after)), ...mapped(rights, withoutBeginning(before))];

  return [...mapped(lefts, undone(operator, after)), ...mapped(rights, undoneFromRight(operator, before))];
}

type Back = (value: Json) => Json | undefined;

function withoutEnd(end: Json | undefined): Back {
  return (value) =>
    typeof value === 'string' && typeof end === 'string' && value.endsWith(end)
      ? value.slice(0, value.length - end.length)
      : undefined;
}

function withoutBeginning(beginning: Json | undefined): Back {
  return (value) =>
    typeof value === 'string' && typeof beginning === 'string' && value.startsWith(beginning)
      ? value.slice(beginning.length)
      : undefined;
}

/** What has to stand left of the operator and a number so that a value comes out. */
function undone(operator: Operator, right: Json | undefined): Back {
  return (value) => {
    if (typeof value !== 'number' || typeof right !== 'number') return value;
    if (operator === '+') return value - right;
    if (operator === '-') return value + right;
    if (operator === '*') return right === 0 ? undefined : value / right;

    return operator === '/' ? value * right : value;
  };
}

function undoneFromRight(operator: Operator, left: Json | undefined): Back {
  return (value) => {
    if (typeof value !== 'number' || typeof left !== 'number') return value;
    if (operator === '+') return value - left;
    if (operator === '-') return left - value;
    if (operator === '*') return left === 0 ? undefined : value / left;

    return value === 0 || operator === '%' ? undefined : left / value;
  };
}

/** Follows the value of a call by name to what it is made from. */
function readCall({ name, args }: Call, reading: Reading): readonly Leaf[] {
  const leaves = args.map((arg) => reading.world.read(arg, [], reading));
  const all = leaves.flat();
  switch (name) {
    case 'size':
      return sizes(all);
    case 'string':
      return mapped(all, (value) => (typeof value === 'string' ? readAs(value) : undefined));
    case 'bool':
      return shaped(all, 'boolean', reading);
    case 'json':
      return mapped(all, () => undefined);
    case 'regex':
      return matching(leaves[0] ?? [], leaves[1] ?? [], reading);
    default:
      return shaped(all, 'number', reading);
  }
}

/** The same of a method. What is not made of the value before the dot alone is only looked at. */
function readMethod(node: Node & Method, path: readonly string[], reading: Reading): readonly Leaf[] {
  const { name, on, args } = node;
  const { read, judge } = reading.world;
  if (name === 'hasValue' || searches.includes(name)) {
    judge(node, undefined, reading);
    return [];
  }
  if (name === 'orValue')
    return [...read(on, path, reading), ...args.flatMap((arg) => read(arg, path, reading))];
  if (name === 'value' || name === 'or') return read(on, path, reading);
  const leaves = read(on, [], reading);
  if (name === 'matches')
    return matching(
      leaves,
      args.flatMap((arg) => read(arg, [], reading)),
      reading,
    );
  for (const arg of args) note(read(arg, [], reading), {}, reading);
  switch (name) {
    case 'size':
      return sizes(leaves);
    case 'trim':
    case 'lowerAscii':
    case 'upperAscii':
      return shaped(leaves, 'text', reading);
    case 'join':
      note(read(on, ['[]'], reading), { shape: 'text' }, { ...reading, isVaried: false });
      return mapped(shaped(leaves, 'list', reading), () => undefined);
    default:
      return mapped(shaped(leaves, 'text', reading), () => undefined);
  }
}

function sizes(leaves: readonly Leaf[]): readonly Leaf[] {
  return leaves.filter(isFree).flatMap((leaf) => (leaf.isSize ? [] : [{ ...leaf, isSize: true }]));
}

function shaped(leaves: readonly Leaf[], shape: ValueShape, reading: Reading): readonly Leaf[] {
  note(leaves, { shape }, { ...reading, isVaried: false });

  return leaves;
}

/** What a text says when it is read as JSON: `5` for "5". */
function readAs(text: string): Json {
  return /^(true|false|-?\d{1,15}(\.\d{1,9})?)$/.test(text) ? (JSON.parse(text) as Json) : text;
}

function matching(texts: readonly Leaf[], patterns: readonly Leaf[], reading: Reading): readonly Leaf[] {
  const samples = patterns.flatMap((leaf) =>
    leaf.kind === 'constant' && typeof leaf.value === 'string' ? (sampleOf(leaf.value) ?? []) : [],
  );
  note(texts, { shape: 'text', values: samples }, reading);

  return [];
}
