import type { Json } from '../../events/canonical-json.ts';
import type { Call, Method, Node } from '../expressions/tree.ts';
import { searches } from './judge.ts';
import { note } from './note.ts';
import { isFree, type Leaf, mapped, type Reading } from './reading.ts';
import { sampleOf } from './sample-text.ts';
import type { Shape } from './spot.ts';

/** Follows the value of a call by name to what it is made from. */
export function readCall({ name, args }: Call, reading: Reading): readonly Leaf[] {
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
export function readMethod(node: Node & Method, path: readonly string[], reading: Reading): readonly Leaf[] {
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

function shaped(leaves: readonly Leaf[], shape: Shape, reading: Reading): readonly Leaf[] {
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
