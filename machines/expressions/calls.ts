import { ExpressionRefused, failed } from './failure.ts';
import type { Evaluate, Site } from './frame.ts';
import { type Builtin, functions } from './functions.ts';
import { buildOptional, isOptional, type Maybe } from './members.ts';
import { methods } from './methods.ts';
import { buildRegex } from './regex.ts';
import type { Call, Method, Node } from './tree.ts';

const clock = 'expressions have no clock, so that a replay agrees; read a time from the data';
const advice: ReadonlyMap<string, string> = new Map([
  ['now', clock],
  ['matches', 'matches() may run forever on some texts; use regex(text, pattern)'],
  ['timestamp', 'times are ISO 8601 texts here, which compare as texts; timestamp() is not available'],
  ['duration', 'durations are texts of the definition; duration() is not available'],
  ['uint', 'there is one kind of number; use int()'],
  ['bytes', 'bytes are not a JSON value; bytes() is not available'],
]);

/** A call by name, as in `size(x)`. */
export function buildCall(node: Node & Call, site: Site): Evaluate {
  const args = node.args.map((arg) => site.build(arg, site));
  if (node.name === 'regex') return buildRegex(node, args, node.args[1]);

  return applied(functions.get(node.name), { node, args, written: node.name, given: args.length, free: 0 });
}

/** A call on a value, as in `x.size()`. */
export function buildMethod(node: Node & Method, site: Site): Evaluate {
  const optional = optionalMethods.get(node.name);
  if (optional !== undefined) return optional(node, site);

  const args = [node.on, ...node.args].map((arg) => site.build(arg, site));
  return applied(methods.get(node.name), { node, args, written: node.name, given: args.length - 1, free: 1 });
}

type Applied = {
  readonly node: Node;
  readonly args: readonly Evaluate[];
  readonly written: string;
  readonly given: number;
  /** How many of the arguments stand before the dot. */
  readonly free: number;
};

function applied(called: Builtin | undefined, { node, args, written, given, free }: Applied): Evaluate {
  if (called === undefined) {
    throw new ExpressionRefused(advice.get(written) ?? `there is no ${written}()`, node.start);
  }
  const { least, most, apply } = called;
  if (args.length < least || args.length > most) {
    const takes = least === most ? `${least - free}` : `${least - free} to ${most - free}`;
    throw new ExpressionRefused(`${written}() takes ${takes} arguments, not ${given}`, node.start);
  }

  return (frame) =>
    apply(
      args.map((arg) => arg(frame)),
      frame,
    );
}

type BuildOptionalMethod = (node: Node & Method, site: Site) => Evaluate;

const optionalMethods: ReadonlyMap<string, BuildOptionalMethod> = new Map<string, BuildOptionalMethod>([
  [
    'orValue',
    (node, site) => {
      const maybe = receiver(node, site, 1);
      const [other] = node.args.map((arg) => site.build(arg, site));
      return (frame) => {
        const value = maybe(frame);
        return value === undefined ? (other?.(frame) ?? null) : value;
      };
    },
  ],
  [
    'hasValue',
    (node, site) => {
      const maybe = receiver(node, site, 0);
      return (frame) => maybe(frame) !== undefined;
    },
  ],
  [
    'value',
    (node, site) => {
      const maybe = receiver(node, site, 0);
      const text = site.source.slice(node.on.start, node.on.end).trim();
      return (frame) => {
        const value = maybe(frame);
        if (value === undefined) throw failed(`${text} has no value`);
        return value;
      };
    },
  ],
]);

function receiver(node: Node & Method, site: Site, takes: number): Maybe {
  if (node.args.length !== takes) {
    throw new ExpressionRefused(
      `${node.name}() takes ${takes} arguments, not ${node.args.length}`,
      node.start,
    );
  }
  if (isOptional(node.on)) return buildOptional(node.on, site);

  throw new ExpressionRefused(
    `${node.name}() needs an optional before it, as in a.?b.${node.name}()`,
    node.start,
  );
}
