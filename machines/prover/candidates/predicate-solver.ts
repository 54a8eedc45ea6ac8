import type { Json } from '../../../events/canonical-json.ts';
import type { Loop, Method, Node, Operator } from '../../expressions/tree.ts';
import { around, fitting, isOrdering, note, seenFromRight } from './note.ts';
import { type FreeLeaf, isFree, type Leaf, type Reading } from './reading.ts';
import { anyItem } from './value-site.ts';

/** Reads an expression that is true or false. `wanted`: with which most goes well, where that is known. */
export function judge(node: Node, wanted: boolean | undefined, reading: Reading): void {
  const { world, place, isVaried } = reading;
  const how = `${place} ${isVaried} ${wanted}`;
  const judged = world.judged.get(node) ?? new Set();
  if (judged.has(how)) return;
  world.judged.set(node, judged.add(how));
  switch (node.kind) {
    case 'and':
    case 'or':
      judgeBoth(node, wanted, reading);
      break;
    case 'not':
      judge(node.of, wanted === undefined ? undefined : !wanted, reading);
      break;
    case 'choice':
      judge(node.when, undefined, reading);
      judge(node.yes, wanted, reading);
      judge(node.no, wanted, reading);
      break;
    case 'binary':
      compare(node, wanted, reading);
      break;
    case 'has':
      notePresence(world.read(node.of, [], reading), wanted, reading);
      break;
    case 'loop':
      judgeItems(node, wanted, reading);
      break;
    case 'method':
      judgeMethod(node, wanted, reading);
      break;
    default:
      judgeValue(node, wanted, reading);
  }
}

function judgeMethod(node: Node & Method, wanted: boolean | undefined, reading: Reading): void {
  if (node.name === 'hasValue') notePresence(reading.world.read(node.on, [], reading), wanted, reading);
  else if (searches.includes(node.name)) search(node, wanted, reading);
  else judgeValue(node, wanted, reading);
}

/** A value that is true or false itself. */
function judgeValue(node: Node, wanted: boolean | undefined, reading: Reading): void {
  const preferred = wanted === undefined ? {} : { preferred: wanted };
  note(reading.world.read(node, [], reading), { shape: 'boolean', ...preferred }, reading);
}

/** The methods of a text that tell whether it holds another one. */
export const searches: readonly string[] = ['contains', 'startsWith', 'endsWith'];

function judgeBoth(
  { kind, left, right }: Extract<Node, { readonly kind: 'and' | 'or' }>,
  wanted: boolean | undefined,
  reading: Reading,
): void {
  const decides = kind === 'or';
  judge(left, wanted, reading);
  // Where one side decides, the other may be as it likes.
  judge(right, wanted === decides ? undefined : wanted, reading);
}

function notePresence(leaves: readonly Leaf[], wanted: boolean | undefined, reading: Reading): void {
  note(leaves, { marks: reading.isVaried ? ['mayLack'] : [] }, reading);
  if (wanted !== false) return;
  for (const leaf of leaves) if (isFree(leaf)) leaf.spot.marks.add('prefersOther');
}

function judgeItems(node: Node & Loop, wanted: boolean | undefined, reading: Reading): void {
  const { world } = reading;
  note(world.read(node.over, [], reading), { marks: ['walked'] }, reading);
  judge(node.body, wanted, readingOfItem(node, reading));
}

/** The reading of what is looked at for every item. */
export function readingOfItem(node: Loop, reading: Reading): Reading {
  const local = { over: node.over, reading };

  return { ...reading, locals: new Map([...reading.locals, [node.variable, local]]) };
}

/** The text that is looked for is a text that holds it, begins with it and ends with it. */
function search(node: Node & Method, wanted: boolean | undefined, reading: Reading): void {
  const sought = node.args.flatMap((arg) => reading.world.read(arg, [], reading));
  const values = sought.flatMap((leaf) => (leaf.kind === 'constant' ? [leaf.value] : []));
  note(sought, { shape: 'text' }, reading);
  const [first] = values;
  // A text that holds what is looked for is the special one.
  const use =
    wanted === true && first !== undefined ? { preferred: first } : { marks: ['prefersOther'] as const };
  note(reading.world.read(node.on, [], reading), { shape: 'text', values, ...use }, reading);
}

type Binary = Extract<Node, { readonly kind: 'binary' }>;

function compare(node: Binary, wanted: boolean | undefined, reading: Reading): void {
  const { read } = reading.world;
  const left = read(node.left, [], reading);
  if (node.operator === 'in') {
    note(read(node.right, [], reading), { marks: ['walked'] }, reading);
    pair({ left, right: read(node.right, [anyItem], reading), operator: '==', wanted }, reading);
  } else pair({ left, right: read(node.right, [], reading), operator: node.operator, wanted }, reading);
}

type Pair = {
  readonly left: readonly Leaf[];
  readonly right: readonly Leaf[];
  readonly operator: Operator;
  readonly wanted: boolean | undefined;
};

function pair({ left, right, operator, wanted }: Pair, reading: Reading): void {
  const constants = (leaves: readonly Leaf[]) =>
    leaves.flatMap((leaf) => (leaf.kind === 'constant' ? [leaf.value] : []));
  const compared = (leaves: readonly Leaf[], values: readonly Json[], from: Operator) => {
    const marks = isOrdering(operator) ? (['ordered'] as const) : [];
    note(leaves, { marks }, { ...reading, isVaried: reading.isVaried && values.length > 0 });
    for (const value of values) {
      const use = fitting(from, value, wanted);
      note(leaves, { values: around(from, value), ...use, marks: [...marks, ...(use.marks ?? [])] }, reading);
    }
  };
  compared(left, constants(right), operator);
  compared(right, constants(left), seenFromRight(operator));
  const rights = right.filter(isFree);
  for (const one of left.filter(isFree)) {
    for (const other of rights)
      if (one.spot !== other.spot) rivals(one, other, { operator, wanted }, reading);
  }
}

/** Of two places that are compared with each other one is varied: the one that is the less fixed. */
function rivals(
  one: FreeLeaf,
  other: FreeLeaf,
  { operator, wanted }: Pick<Pair, 'operator' | 'wanted'>,
  { isVaried }: Reading,
): void {
  const first = weight(one) >= weight(other);
  enlist(one, other, { operator, wanted, isVaried: isVaried && first });
  enlist(other, one, { operator: seenFromRight(operator), wanted, isVaried: isVaried && !first });
}

function weight({ spot }: FreeLeaf): number {
  const isPreset = spot.rules?.default !== undefined;

  return spot.rank + (isPreset ? -1 : 0) + spot.order / 1_000_000;
}

function enlist(
  { spot, isSize, back }: FreeLeaf,
  { spot: other, isSize: otherIsSize }: FreeLeaf,
  how: Pick<Pair, 'operator' | 'wanted'> & { readonly isVaried: boolean },
): void {
  if (how.isVaried) spot.marks.add('varied');
  spot.rivals.push({ other, otherIsSize, isSize, back, ...how });
}
