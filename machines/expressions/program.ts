import type { Json } from '../../events/canonical-json.ts';
import { TimeValue } from './evaluate/calendar.ts';
import { functions } from './evaluate/functions.ts';
import { measureJson } from './evaluate/json-size.ts';
import { buildChoice, buildJunction, buildLoop } from './evaluate/loops.ts';
import {
  buildMember,
  buildName,
  buildOptional,
  buildPresence,
  isOptional,
  type Maybe,
} from './evaluate/members.ts';
import { methods } from './evaluate/methods.ts';
import { buildBinary } from './evaluate/operators.ts';
import { buildRegex } from './evaluate/regex.ts';
import { timeSum } from './evaluate/times.ts';
import {
  type Builtin,
  checkedKey,
  needBoolean,
  needNumber,
  needText,
  withoutTimes,
} from './evaluate/values.ts';
import { type Evaluate, newFrame, type Site } from './frame.ts';
import { jsonDepthMax, renderedCharactersMax, resultCharactersMax } from './limits.ts';
import {
  type ExpressionError,
  ExpressionFailure,
  ExpressionRefused,
  failed,
  overLimit,
  type Reference,
  type Rendered,
  type Scope,
} from './outcome.ts';
import { parseExpression } from './parse.ts';
import { referencesOf } from './references.ts';
import { expressionErrorOf, valuesOf } from './seen.ts';
import { type Call, childNodesOf, type Method, type Node } from './tree.ts';

const nothing = new TimeValue('duration', 0).asJson();

const clock = 'expressions have no clock, so that a replay agrees; read a time from the data';
const advice: ReadonlyMap<string, string> = new Map([
  ['now', clock],
  ['uint', 'there is one kind of number; use int()'],
  ['bytes', 'bytes are not a JSON value; bytes() is not available'],
]);

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

/** One compiled expression. */
export type Program = {
  readonly references: readonly Reference[];
  readonly run: (scope: Scope) => Rendered;
  /** What the references hold in a scope, fit to be shown. */
  readonly values: (scope: Scope) => Readonly<Record<string, Json>>;
  /** An error about this expression that is found only after it ran. */
  readonly error: (failure: ExpressionFailure, scope: Scope) => ExpressionError;
};

export type CompiledProgram =
  | { readonly ok: true; readonly program: Program }
  | { readonly ok: false; readonly message: string; readonly offset: number };

/** Compiles the text of one expression. `quoted` is how messages show it. */
export function compileProgram(source: string, quoted: string): CompiledProgram {
  try {
    const tree = parseExpression(source);
    const evaluate = build(tree, source);
    const expression = source.trim();
    const most = onlyNames.test(expression) ? renderedCharactersMax : resultCharactersMax;
    const references = referencesOf(tree, expression);
    const hasTimes = makesTimes(tree);
    const error = (failure: ExpressionFailure, scope: Scope): ExpressionError =>
      expressionErrorOf(failure, { expression, quoted, references, scope });
    const values = (scope: Scope): Readonly<Record<string, Json>> => valuesOf(references, scope);
    const run = (scope: Scope): Rendered => {
      try {
        const value = checked(evaluate(newFrame(scope)), most);
        return { ok: true, value: hasTimes ? withoutTimes(value) : value };
      } catch (failure) {
        if (!(failure instanceof ExpressionFailure)) throw failure;
        return { ok: false, error: error(failure, scope) };
      }
    };
    return { ok: true, program: { references, run, values, error } };
  } catch (refusal) {
    if (!(refusal instanceof ExpressionRefused)) throw refusal;
    return { ok: false, message: refusal.message, offset: refusal.offset };
  }
}

/** Nothing else makes a time: the data holds none. */
function makesTimes(node: Node): boolean {
  const makesOne = node.kind === 'call' && (node.name === 'timestamp' || node.name === 'duration');

  return makesOne || childNodesOf(node).some(makesTimes);
}

/** An expression that builds nothing may hand on what a task or a person gave, however large. */
const onlyNames = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*|\[(\d{1,9}|"[^"\\]*"|'[^'\\]*')\])*$/;

function checked(value: Json, charactersMax: number): Json {
  const size = measureJson(value, charactersMax);
  switch (size.kind) {
    case 'fits':
      return value;
    case 'large':
      throw overLimit(`the result is larger than the ${charactersMax} characters of JSON allowed`);
    case 'deep':
      throw overLimit(`the result nests deeper than ${jsonDepthMax}`);
    case 'foreign':
      throw failed(`the result holds ${size.what}, which is not JSON`);
  }
}

/** Compiles a tree to a function. Throws `ExpressionRefused`; the function throws `ExpressionFailure`. */
function build(tree: Node, source: string): Evaluate {
  return buildNode(tree, { source, locals: new Map(), depth: 0, build: buildNode });
}

function buildNode(node: Node, site: Site): Evaluate {
  const below = (child: Node): Evaluate => buildNode(child, site);
  if (isOptional(node)) throw withoutValue(node, site);

  switch (node.kind) {
    case 'literal':
      return () => node.value;
    case 'name':
      return buildName(node.name, site);
    case 'member':
      return buildMember(node, site);
    case 'has': {
      const presence = buildPresence(node.of, site);
      return (frame) => presence(frame) !== undefined;
    }
    case 'call':
      return buildCall(node, site);
    case 'method':
      return buildMethod(node, site);
    case 'loop':
      return buildLoop(node, site);
    case 'list': {
      const items = node.items.map(below);
      return (frame) => items.map((item) => item(frame));
    }
    case 'map':
      return buildMap(node.entries.map(([key, value]) => [below(key), below(value)] as const));
    case 'choice':
      return buildChoice(below(node.when), below(node.yes), below(node.no));
    case 'and':
    case 'or':
      return buildJunction(node.kind === 'or', below(node.left), below(node.right));
    case 'not':
    case 'negate':
      return buildPrefix(node.kind, below(node.of));
    case 'binary':
      return buildBinary(node.operator, below(node.left), below(node.right));
  }
}

function withoutValue({ start, end }: Node, { source }: Site): ExpressionRefused {
  return new ExpressionRefused(
    `${source.slice(start, end).trim()} may have no value; add .orValue(...)`,
    start,
  );
}

function buildMap(entries: readonly (readonly [Evaluate, Evaluate])[]): Evaluate {
  return (frame) =>
    Object.fromEntries(
      entries.map(([key, value]) => {
        const name = checkedKey(needText(key(frame), 'a key of a map'));
        return [name, value(frame)];
      }),
    );
}

function buildPrefix(kind: 'not' | 'negate', of: Evaluate): Evaluate {
  if (kind === 'not') return (frame) => !needBoolean(of(frame), '"!"');

  return (frame) => {
    const value = of(frame);
    return timeSum(nothing, value, '-') ?? 0 - needNumber(value, 'the sign "-"');
  };
}

/** A call by name, as in `size(x)`. */
function buildCall(node: Node & Call, site: Site): Evaluate {
  const args = node.args.map((arg) => site.build(arg, site));
  if (node.name === 'regex') return buildRegex(node, args, node.args[1]);

  return applied(functions.get(node.name), { node, args, written: node.name, given: args.length, free: 0 });
}

/** A call on a value, as in `x.size()`. */
function buildMethod(node: Node & Method, site: Site): Evaluate {
  const optional = optionalMethods.get(node.name);
  if (optional !== undefined) return optional(node, site);

  const args = [node.on, ...node.args].map((arg) => site.build(arg, site));
  if (node.name === 'matches') return buildRegex(node, args, node.args[0]);

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
