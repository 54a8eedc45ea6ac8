import type { Json } from '../../../events/canonical-json.ts';
import { type Evaluate, type Frame, type Site, spend } from '../frame.ts';
import { ExpressionFailure, unfit } from '../outcome.ts';
import { countNodes, type Loop, type LoopKind, type Node, variablesOf } from '../tree.ts';
import { sortedBy } from './methods.ts';
import { checkedKey, isList, isMap, needBoolean, needText, type Words } from './values.ts';

/** Steps of a failure that is set aside: making one costs far more than a step. */
const failureWork = 50;

/** The loops of the language by what they are called. */
export const loopWords: Readonly<Record<LoopKind, Words>> = {
  all: {
    signature: 'all(x, condition)',
    doc: 'Whether the condition holds for every item.',
    example: '[1, 2].all(x, x > 0)',
  },
  exists: {
    signature: 'exists(x, condition)',
    doc: 'Whether it holds for at least one item.',
    example: '[1, 2].exists(x, x > 1)',
  },
  exists_one: {
    signature: 'exists_one(x, condition)',
    doc: 'Whether it holds for exactly one.',
    example: '[1, 2].exists_one(x, x > 1)',
  },
  filter: {
    signature: 'filter(x, condition)',
    doc: 'The items for which it holds.',
    example: '[1, 2].filter(x, x > 1)',
  },
  map: {
    signature: 'map(x, condition?, value)',
    doc: 'A value for every item, or for those for which the condition holds.',
    example: '[1, 2].map(x, x * 2)',
  },
  sort_by: {
    signature: 'sort_by(x, key)',
    doc: 'The items in the order of their keys: numbers, texts, or times.',
    example: '["bb", "a"].sort_by(x, size(x))',
  },
  group_by: {
    signature: 'group_by(x, key)',
    doc: 'A map from each key, which is a text, to the list of its items.',
    example: '["ab", "b"].group_by(x, x.substring(0, 1))',
  },
  reduce: {
    signature: 'reduce(so_far, x, first, value)',
    doc: 'One value of all items: it is `first`, and after each item what `value` makes of it.',
    example: '[1, 2, 3].reduce(so_far, x, 0, so_far + x)',
  },
};

/** A loop such as `list.map(x, ...)`; a map is walked by its keys. */
export function buildLoop(node: Loop, site: Site): Evaluate {
  const slot = site.depth;
  const slots = variablesOf(node).map((name, index) => [name, slot + index] as const);
  const inner: Site = { ...site, depth: slot + slots.length, locals: new Map([...site.locals, ...slots]) };
  const over = site.build(node.over, site);
  if (node.loop === 'reduce') return buildReduce(node, { site, inner, over });
  const where = node.where === undefined ? undefined : site.build(node.where, inner);
  const body = site.build(node.body, inner);
  const cost = countNodes(node.body) + (node.where === undefined ? 0 : countNodes(node.where));
  const run = runs[node.loop];

  return (frame) => {
    const items = itemsOf(over(frame), node.loop, frame);
    const turn = (evaluate: Evaluate, item: Json): Json => {
      frame.locals[slot] = item;
      return evaluate(frame);
    };
    return run(items, { turn, where, body, what: `${node.loop}()`, cost }, frame);
  };
}

function buildReduce(
  node: Extract<Loop, { readonly loop: 'reduce' }>,
  { site, inner, over }: { readonly site: Site; readonly inner: Site; readonly over: Evaluate },
): Evaluate {
  const begin = site.build(node.carried.first, site);
  const body = site.build(node.body, inner);
  const cost = countNodes(node.body);

  return (frame) => {
    let carried = begin(frame);
    for (const item of itemsOf(over(frame), node.loop, frame)) {
      spend(frame, cost);
      frame.locals[site.depth] = carried;
      frame.locals[site.depth + 1] = item;
      carried = body(frame);
    }

    return carried;
  };
}

type Turns = {
  readonly turn: (evaluate: Evaluate, item: Json) => Json;
  readonly where: Evaluate | undefined;
  readonly body: Evaluate;
  readonly what: string;
  readonly cost: number;
};

type Run = (items: readonly Json[], turns: Turns, frame: Frame) => Json;

const runs: Readonly<Record<Exclude<LoopKind, 'reduce'>, Run>> = {
  all: (items, turns, frame) => quantify(items, turns, frame, false),
  exists: (items, turns, frame) => quantify(items, turns, frame, true),
  exists_one: (items, turns, frame) => kept(items, turns, frame).length === 1,
  filter: kept,
  map: (items, turns, frame) => {
    const { where } = turns;
    const chosen = where === undefined ? items : kept(items, { ...turns, body: where }, frame);
    return valuesOf(chosen, turns, frame);
  },
  sort_by: (items, turns, frame) =>
    sortedBy(items, valuesOf(items, turns, frame), { what: turns.what, frame }),
  group_by: (items, turns, frame) => {
    const groups = new Map<string, Json[]>();
    valuesOf(items, turns, frame).forEach((key, index) => {
      const name = checkedKey(needText(key, 'a key of group_by()'));
      const group = groups.get(name) ?? [];
      group.push(items[index] ?? null);
      groups.set(name, group);
    });
    return Object.fromEntries(groups);
  },
};

/** What the body comes to for each of the items. */
function valuesOf(items: readonly Json[], { turn, body, cost }: Turns, frame: Frame): readonly Json[] {
  return items.map((item) => {
    spend(frame, cost);
    return turn(body, item);
  });
}

function kept(items: readonly Json[], { turn, body, what, cost }: Turns, frame: Frame): readonly Json[] {
  return items.filter((item) => {
    spend(frame, cost);
    return needBoolean(turn(body, item), what);
  });
}

/** One item decides, whatever fails at the others; without a decision the first failure counts. */
function quantify(items: readonly Json[], turns: Turns, frame: Frame, decides: boolean): boolean {
  let failure: ExpressionFailure | undefined;
  for (const item of items) {
    spend(frame, turns.cost);
    const truth = attempt(() => turns.turn(turns.body, item), turns.what, frame);
    if (truth === decides) return decides;
    if (typeof truth !== 'boolean') failure ??= truth;
  }
  if (failure !== undefined) throw failure;

  return !decides;
}

function itemsOf(value: Json, loop: string, frame: Frame): readonly Json[] {
  if (isList(value)) return value;
  if (isMap(value)) {
    const keys = Object.keys(value);
    spend(frame, keys.length);
    return keys;
  }

  throw unfit(`${loop}() walks a list or the keys of a map`, value);
}

/** `list.map(x, ...)` and its like as a loop; undefined when the call is none. */
export function loopNode(name: string, over: Node, args: readonly Node[]): Loop | undefined {
  const [variable, second, third, fourth] = args;
  if (!isLoopKind(name) || variable?.kind !== 'name' || second === undefined || args.length > 4)
    return undefined;
  const loop = name;
  if (loop === 'reduce') {
    if (second.kind !== 'name' || third === undefined || fourth === undefined) return undefined;
    const carried = { variable: variable.name, first: third };
    return { kind: 'loop', loop, over, variable: second.name, where: undefined, body: fourth, carried };
  }
  if (fourth !== undefined) return undefined;
  if (third === undefined) {
    return { kind: 'loop', loop, over, variable: variable.name, where: undefined, body: second };
  }

  return loop === 'map'
    ? { kind: 'loop', loop, over, variable: variable.name, where: second, body: third }
    : undefined;
}

function isLoopKind(name: string): name is LoopKind {
  return Object.hasOwn(loopWords, name);
}

/** `when ? then : otherwise`; only the branch taken is evaluated. */
export function buildChoice(when: Evaluate, then: Evaluate, otherwise: Evaluate): Evaluate {
  return (frame) => (needBoolean(when(frame), 'the condition before "?"') ? then(frame) : otherwise(frame));
}

/**
 * `&&` and `||` as CEL has them: the side that decides wins, even when the other side fails. `decides` is the value
 * that settles the matter: true for `||`, false for `&&`.
 */
export function buildJunction(decides: boolean, left: Evaluate, right: Evaluate): Evaluate {
  const what = decides ? '"||"' : '"&&"';

  return (frame) => {
    const first = attempt(left, what, frame);
    if (first === decides) return decides;
    const second = needBoolean(right(frame), what);
    if (second === decides || typeof first === 'boolean') return second;
    throw first;
  };
}

/** A truth, or the failure that stands in its place until something else decides. Limits are never set aside. */
function attempt(evaluate: Evaluate, what: string, frame: Frame): boolean | ExpressionFailure {
  try {
    return needBoolean(evaluate(frame), what);
  } catch (error) {
    if (!(error instanceof ExpressionFailure) || error.code === 'expression.limit') throw error;
    spend(frame, failureWork);
    return error;
  }
}
