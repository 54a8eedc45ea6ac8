import type { Json } from '../../../events/canonical-json.ts';
import { functions } from '../../expressions/evaluate/functions.ts';
import { isOptional } from '../../expressions/evaluate/members.ts';
import { methods } from '../../expressions/evaluate/methods.ts';
import { buildBinary } from '../../expressions/evaluate/operators.ts';
import { isList, isMap, ownMember } from '../../expressions/evaluate/values.ts';
import { newFrame } from '../../expressions/frame.ts';
import { ExpressionFailure } from '../../expressions/outcome.ts';
import type { Call, Loop, LoopKind, Member, Method, Node } from '../../expressions/tree.ts';
import { type Choose, Impossible } from './choices.ts';

/**
 * What an expression may give in one play. `place`: something with members, which the world knows by its path.
 * `open`: a value of which nothing is known; the same key is the same value, and it is made of the sources.
 */
export type Value =
  | {
      readonly kind: 'json';
      readonly value: Json /** It is null for want of a value. */;
      readonly lacks?: true;
    }
  | { readonly kind: 'place'; readonly path: readonly string[] }
  | { readonly kind: 'open'; readonly key: string; readonly sources: readonly string[] };

/** What the names of an expression stand for in one play. */
export type PossibleWorld = {
  readonly choose: Choose;
  readonly name: (name: string) => Value;
  /** A member of a place; undefined when it is not there in this play. */
  readonly member: (path: readonly string[], key: string) => Value | undefined;
  /** An item of a list of which only the key is known; undefined where nothing is known of it. */
  readonly item: (key: string) => Value | undefined;
  /** Notes that an open value was taken for true or false. */
  readonly note: (key: string, sources: readonly string[]) => void;
};

/** In this play an expression reads what is not there, or calculates with it although it is null. */
export class Missing extends Error {
  override readonly name = 'Missing';
  readonly node: Node;
  readonly path: readonly string[];
  readonly isNull: boolean;

  constructor(node: Node, path: readonly string[], { isNull = false } = {}) {
    super(path.join('.'));
    this.node = node;
    this.path = path;
    this.isNull = isNull;
  }
}

type Locals = ReadonlyMap<string, Value>;
type Site = {
  readonly world: PossibleWorld;
  readonly locals: Locals;
  /** Of the items that a loop goes over, where they come from. */
  readonly origins: ReadonlyMap<string, readonly string[]>;
};

/** Evaluates an expression in a play. Throws `Missing`, and `Impossible` where it fails for any other reason. */
export function evaluatePossible(node: Node, world: PossibleWorld): Value {
  return resultOf(node, { world, locals: new Map(), origins: new Map() });
}

/** The truth of a condition in a play. */
export function holdsPossibly(node: Node, world: PossibleWorld): boolean {
  const site = { world, locals: new Map(), origins: new Map() };

  return truth(resultOf(node, site), site);
}

export function json(value: Json): Value {
  return { kind: 'json', value };
}

export function unknownValue(key: string, sources: readonly string[] = [key]): Value {
  return { kind: 'open', key, sources };
}

function resultOf(node: Node, site: Site): Value {
  switch (node.kind) {
    case 'literal':
      return json(node.value);
    case 'name':
      return site.locals.get(node.name) ?? site.world.name(node.name);
    case 'member':
      return present(memberOf(node, site, false), node, site);
    case 'has':
      return json(maybe(node.of, site, true) !== undefined);
    case 'call':
      return applied(functions, node, node.args, site);
    case 'method':
      return methodOf(node, site);
    case 'loop':
      return loopOf(node, site);
    case 'list':
      return made(
        '[]',
        node.items.map((item) => resultOf(item, site)),
        (items) => [...items],
      );
    case 'map':
      return mapOf(node.entries, site);
    case 'choice':
      return resultOf(truth(resultOf(node.when, site), site) ? node.yes : node.no, site);
    case 'and':
    case 'or':
      return json(junction(node, site));
    case 'not':
      return json(!truth(resultOf(node.of, site), site));
    case 'negate':
      return made('-', [resultOf(node.of, site)], ([of]) => (typeof of === 'number' ? 0 - of : undefined));
    case 'binary':
      return binaryOf(node, site);
  }
}

function binaryOf({ operator, left, right }: Extract<Node, { readonly kind: 'binary' }>, site: Site): Value {
  const operands = [left, right].map((side) => resultOf(side, site));
  for (const [at, value] of operands.entries()) {
    if (!asking.has(operator)) needValue(value, at === 0 ? left : right, site);
  }

  return made(operator, operands, ([first = null, second = null]) =>
    buildBinary(
      operator,
      () => first,
      () => second,
    )(newFrame({})),
  );
}

/** What may be asked of null. */
const asking: ReadonlySet<string> = new Set(['==', '!=', 'in']);

/** Nothing can be calculated of null, and nothing called on it. */
function needValue(value: Value, node: Node, site: Site): void {
  if (value.kind !== 'json' || value.lacks !== true) return;
  const path = pathOf(node, site);
  if (path !== undefined) throw new Missing(node, path, { isNull: true });
}

function mapOf(entries: readonly (readonly [Node, Node])[], site: Site): Value {
  const keys = entries.map(([key]) => resultOf(key, site));
  const values = entries.map(([, value]) => resultOf(value, site));

  return made('{}', [...keys, ...values], (all) =>
    Object.fromEntries(keys.map((_key, index) => [String(all[index]), all[keys.length + index] ?? null])),
  );
}

/** As `&&` and `||` do: what fails on one side is set aside when the other side decides. */
function junction(node: Extract<Node, { readonly kind: 'and' | 'or' }>, site: Site): boolean {
  const decides = node.kind === 'or';
  let failure: Missing | undefined;
  try {
    if (truth(resultOf(node.left, site), site) === decides) return decides;
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    failure = error;
  }
  const second = truth(resultOf(node.right, site), site);
  if (second === decides || failure === undefined) return second;

  throw failure;
}

function truth(value: Value, { world }: Site): boolean {
  if (value.kind === 'json' && typeof value.value === 'boolean') return value.value;
  if (value.kind !== 'open') throw new Impossible('no truth');
  world.note(value.key, value.sources);

  return world.choose(`is ${value.key}`, [true, false]);
}

function present(value: Value | undefined, node: Node & Member, site: Site): Value {
  if (value !== undefined) return value;
  const path = pathOf(node, site);
  if (path === undefined) throw new Impossible('a member that is not there');

  throw new Missing(node, path);
}

/** The names that a chain of members goes through; undefined where they are not all written. */
function pathOf(node: Node, site: Site): readonly string[] | undefined {
  if (node.kind === 'name') return site.locals.has(node.name) ? site.origins.get(node.name) : [node.name];
  if (node.kind !== 'member' || node.key.kind !== 'literal') return undefined;
  const before = pathOf(node.of, site);

  return before === undefined ? undefined : [...before, String(node.key.value)];
}

/** A value that may be missing: `.?` somewhere in its chain; with `asked` every member of it is only asked for. */
function maybe(node: Node, site: Site, asked: boolean): Value | undefined {
  if (node.kind === 'member' && (asked || isOptional(node))) return memberOf(node, site, asked);
  if (node.kind === 'method' && node.name === 'or' && isOptional(node.on)) {
    const [other] = node.args;
    return maybe(node.on, site, asked) ?? (other === undefined ? undefined : maybe(other, site, asked));
  }

  return resultOf(node, site);
}

function memberOf(node: Node & Member, site: Site, asked: boolean): Value | undefined {
  const isAsked = asked || isOptional(node);
  const base = isAsked ? maybe(node.of, site, asked) : resultOf(node.of, site);
  if (base === undefined) return undefined;
  const key = resultOf(node.key, site);
  if (base.kind === 'place') {
    if (key.kind === 'json' && typeof key.value === 'string') return site.world.member(base.path, key.value);
    return unknownValue(`${base.path.join('.')}[${keyOf(key)}]`, [base.path.join('.'), ...sourcesOf(key)]);
  }
  if (base.kind === 'open') return ofOpen(base, key, site, isAsked);
  if (key.kind !== 'json') return unknownValue(`${keyOf(base)}[${keyOf(key)}]`, sourcesOf(key));
  const found = memberOfJson(base.value, key.value);
  if (found !== undefined) return json(found);
  // Only what is known to be null for want of a value is what this is about.
  if (!isAsked && base.lacks !== true) throw new Impossible('a member that is not there');

  return undefined;
}

function ofOpen(
  base: Extract<Value, { readonly kind: 'open' }>,
  key: Value,
  { world }: Site,
  isAsked: boolean,
): Value | undefined {
  const name = key.kind === 'json' ? String(key.value) : keyOf(key);
  const item = key.kind === 'json' && typeof key.value === 'number' ? world.item(base.key) : undefined;
  if (item !== undefined) return item;
  const path = `${base.key}.${name}`;
  if (isAsked && !world.choose(`there ${path}`, [false, true])) return undefined;

  return unknownValue(path, [...base.sources, ...sourcesOf(key)]);
}

function memberOfJson(base: Json, at: Json): Json | undefined {
  if (typeof at === 'string') return isMap(base) ? ownMember(base, at) : undefined;

  return typeof at === 'number' && isList(base) ? base[at] : undefined;
}

function methodOf(node: Node & Method, site: Site): Value {
  switch (node.name) {
    case 'orValue': {
      const [other] = node.args;
      return maybe(node.on, site, false) ?? (other === undefined ? json(null) : resultOf(other, site));
    }
    case 'hasValue':
      return json(maybe(node.on, site, false) !== undefined);
    case 'value': {
      const value = maybe(node.on, site, false);
      if (value !== undefined) return value;
      if (node.on.kind === 'member') return present(undefined, node.on, site);
      throw new Impossible('no value');
    }
    default:
      needValue(resultOf(node.on, site), node.on, site);
      return applied(methods, node, [node.on, ...node.args], site);
  }
}

function applied(table: typeof functions, { name }: Call | Method, args: readonly Node[], site: Site): Value {
  const values = args.map((arg) => resultOf(arg, site));
  const called = table.get(name);

  return made(`${name}()`, values, (all) => called?.apply(all, newFrame({})));
}

/** What is made of known values; of others a value of which is known only what it is made of. */
function made(
  how: string,
  values: readonly Value[],
  make: (values: readonly Json[]) => Json | undefined,
): Value {
  const known = values.flatMap((each) => (each.kind === 'json' ? [each.value] : []));
  const unknown = unknownValue(`(${[how, ...values.map(keyOf)].join(' ')})`, values.flatMap(sourcesOf));
  if (how === '==' || how === '!=') {
    const isNull = values.some((each) => each.kind === 'json' && each.value === null);
    if (isNull && values.some((each) => each.kind === 'place')) return json(how === '!=');
  }
  if (known.length < values.length) return unknown;
  try {
    const value = make(known);
    return value === undefined ? unknown : json(value);
  } catch (error) {
    if (error instanceof ExpressionFailure) throw new Impossible(error.message);
    throw error;
  }
}

/** A list of which nothing is known may be empty, or have an item of which nothing is known. */
function loopOf(node: Node & Loop, site: Site): Value {
  const over = resultOf(node.over, site);
  const items = over.kind === 'json' && isList(over.value) ? over.value.map(json) : itemsOf(over, site);
  const first = node.carried && resultOf(node.carried.first, site);
  let carried = first;
  const results = items.flatMap((item) => {
    const given = node.carried && carried ? [[node.carried.variable, carried] as const] : [];
    const inner = {
      ...site,
      locals: new Map([...site.locals, ...given, [node.variable, item]]),
      origins: new Map([...site.origins, [node.variable, pathOf(node.over, site) ?? []]]),
    };
    const where = node.where === undefined ? undefined : resultOf(node.where, inner);
    if (where?.kind === 'json' && where.value === false) return [];
    carried = resultOf(node.body, inner);
    return [carried];
  });
  const key = unknownValue(`${node.loop}(${[keyOf(over), ...results.map(keyOf)].join(' ')})`, [
    ...sourcesOf(over),
    ...results.flatMap(sourcesOf),
  ]);
  if (items.length > 0) return key;

  return first ?? json(ofNothing[node.loop]);
}

/** What a loop over no item gives. */
const ofNothing: Readonly<Record<LoopKind, Json>> = {
  all: true,
  exists: false,
  exists_one: false,
  filter: [],
  map: [],
  sort_by: [],
  group_by: {},
  reduce: null,
};

function itemsOf(over: Value, { world }: Site): readonly Value[] {
  const key = keyOf(over);
  world.note(key, sourcesOf(over));

  return world.choose(`items of ${key}`, [false, true])
    ? [world.item(key) ?? unknownValue(`${key}[]`, sourcesOf(over))]
    : [];
}

/** What tells two values apart. */
function keyOf(value: Value): string {
  if (value.kind === 'json') return JSON.stringify(value.value);

  return value.kind === 'open' ? value.key : value.path.join('.');
}

function sourcesOf(value: Value): readonly string[] {
  if (value.kind === 'open') return value.sources;

  return value.kind === 'place' ? [value.path.join('.')] : [];
}
