import type { Json } from '../../../events/canonical-json.ts';
import { type Evaluate, type Frame, type Site, spend } from '../frame.ts';
import { ExpressionFailure, unfit } from '../outcome.ts';
import { countNodes, type Loop, type LoopKind, type Node } from '../tree.ts';
import { isList, isMap, needBoolean } from './functions.ts';

/** Steps of a failure that is set aside: making one costs far more than a step. */
const failureWork = 50;

/** The loops of the language by what they are called. */
export const loopKinds: ReadonlyMap<string, LoopKind> = new Map([
  ['all', 'all'],
  ['exists', 'exists'],
  ['exists_one', 'exists_one'],
  ['filter', 'filter'],
  ['map', 'map'],
]);

/** `list.map(x, ...)`, `filter`, `all`, `exists` and `exists_one`; a map is walked by its keys. */
export function buildLoop(node: Loop, site: Site): Evaluate {
  const slot = site.depth;
  const inner: Site = { ...site, depth: slot + 1, locals: new Map([...site.locals, [node.variable, slot]]) };
  const over = site.build(node.over, site);
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

type Turns = {
  readonly turn: (evaluate: Evaluate, item: Json) => Json;
  readonly where: Evaluate | undefined;
  readonly body: Evaluate;
  readonly what: string;
  readonly cost: number;
};

type Run = (items: readonly Json[], turns: Turns, frame: Frame) => Json;

const runs: Readonly<Record<Loop['loop'], Run>> = {
  all: (items, turns, frame) => quantify(items, turns, frame, false),
  exists: (items, turns, frame) => quantify(items, turns, frame, true),
  exists_one: (items, turns, frame) => kept(items, turns, frame).length === 1,
  filter: kept,
  map: (items, turns, frame) => {
    const { where } = turns;
    const chosen = where === undefined ? items : kept(items, { ...turns, body: where }, frame);
    return chosen.map((item) => {
      spend(frame, turns.cost);
      return turns.turn(turns.body, item);
    });
  },
};

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

/** `list.map(x, ...)` and its like as a loop; undefined when the call is none. The parser has checked the variable. */
export function loopNode(name: string, over: Node, args: readonly Node[]): Loop | undefined {
  const loop = loopKinds.get(name);
  const [variable, second, third] = args;
  if (loop === undefined || variable?.kind !== 'name' || second === undefined || args.length > 3)
    return undefined;
  if (third === undefined) {
    return { kind: 'loop', loop, over, variable: variable.name, where: undefined, body: second };
  }

  return loop === 'map'
    ? { kind: 'loop', loop, over, variable: variable.name, where: second, body: third }
    : undefined;
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
