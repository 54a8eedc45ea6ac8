import type { Json } from '../../../events/canonical-json.ts';
import type { Evaluate, Frame, Site } from '../frame.ts';
import { type ExpressionFailure, ExpressionRefused, failed, show, unfit } from '../outcome.ts';
import type { Member, Node } from '../tree.ts';
import { isList, isMap, type JsonMap, ownMember } from './values.ts';

/** A node that may turn out to have no value. */
export type Maybe = (frame: Frame) => Json | undefined;

/** A name: a loop variable, or what the scope holds under it. */
export function buildName(name: string, site: Site): Evaluate {
  const slot = site.locals.get(name);
  if (slot !== undefined) return ({ locals }) => locals[slot] ?? null;

  return ({ scope }) => {
    const value = Object.hasOwn(scope, name) ? scope[name] : undefined;
    if (value === undefined) throw failed(`there is no ${name}`);
    return value as Json;
  };
}

/** `of.key` and `of[key]`, which must be there. */
export function buildMember(node: Node & Member, site: Site): Evaluate {
  const of = site.build(node.of, site);
  const key = site.build(node.key, site);
  const text = site.source.slice(node.of.start, node.of.end).trim();

  return (frame) => {
    const base = of(frame);
    const at = key(frame);
    const value = memberOf(base, at);
    if (value === undefined) throw missing(text, base, at, node.key.kind === 'literal');
    return value;
  };
}

/** Whether a node is written so that it may have no value: `.?` somewhere in its chain, or `or()` of such. */
export function isOptional(node: Node): boolean {
  if (node.kind === 'member') return node.optional || isOptional(node.of);

  return node.kind === 'method' && node.name === 'or' && isOptional(node.on);
}

/** An optional node: undefined from the first member on that is not there. */
export function buildOptional(node: Node, site: Site): Maybe {
  if (node.kind === 'method' && node.name === 'or' && isOptional(node.on)) {
    const [other, ...more] = node.args;
    if (other === undefined || more.length > 0)
      throw new ExpressionRefused('or() takes one value', node.start);
    const first = buildOptional(node.on, site);
    const second = buildOptional(other, site);
    return (frame) => {
      const value = first(frame);
      return value === undefined ? second(frame) : value;
    };
  }
  if (node.kind !== 'member' || !isOptional(node)) return site.build(node, site);

  return chained(node, buildOptional(node.of, site), site);
}

/** What `has()` asks: undefined as soon as anything on the way is missing. Only the first name must exist. */
export function buildPresence(node: Node, site: Site): Maybe {
  return node.kind === 'member' ? chained(node, buildPresence(node.of, site), site) : site.build(node, site);
}

function chained(node: Member, of: Maybe, site: Site): Maybe {
  const key = site.build(node.key, site);

  return (frame) => {
    const base = of(frame);
    return base === undefined ? undefined : memberOf(base, key(frame));
  };
}

function memberOf(base: Json, at: Json): Json | undefined {
  if (typeof at === 'string') return isMap(base) ? ownMember(base, at) : undefined;

  return typeof at === 'number' && isList(base) ? base[at] : undefined;
}

function missing(text: string, base: Json, at: Json, written: boolean): ExpressionFailure {
  if (isList(base) && typeof at === 'number') {
    return failed(`${text} has no item there`, () => `${text} has ${base.length} items, so none at ${at}`);
  }
  if (isList(base)) return unfit(`${text} is a list: its index needs a whole number from 0`, at);
  if (isMap(base) && typeof at !== 'string') return unfit(`${text} is a map: its index needs a text`, at);

  const name = typeof at === 'string' ? at : show(at);
  return failed(`${text} has no ${written ? `member ${name}` : 'such member'}`, () =>
    isMap(base)
      ? `${text} has no member ${name}; it has ${keysOf(base)}`
      : `${text} is ${show(base)}: it has no member ${name}`,
  );
}

const namedKeysMax = 8;
const namedCharactersMax = 40;

function keysOf(map: JsonMap): string {
  const keys = Object.keys(map);
  const named = keys.slice(0, namedKeysMax).map((key) => key.slice(0, namedCharactersMax));

  return (named.join(', ') || 'none') + (keys.length > namedKeysMax ? ', ...' : '');
}
