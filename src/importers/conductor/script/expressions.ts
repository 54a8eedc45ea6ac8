import type { CallExpression, Expression, Literal, Statement } from 'acorn';
import {
  binary,
  call,
  choice,
  concatenated,
  listOf,
  literal,
  method,
  nothing,
  orEmpty,
  textOf,
  truthOf,
} from '../cel/make.ts';
import type { Cel } from '../cel/tree.ts';
import { Untranslatable } from '../untranslatable.ts';
import { readMember, translateMethod } from './methods.ts';
import { logical, translateBinary, unary } from './operators.ts';
import { nameOf, type ScriptFunction, type ScriptNames, type Translator, withLocals } from './statements.ts';

const spaces = new Set([
  'Math',
  'Object',
  'JSON',
  'Array',
  'Date',
  'Number',
  'String',
  'Java',
  'console',
  'Packages',
]);

const statics: Readonly<Record<string, Static>> = {
  'Math.ceil': (args) => call('ceil', only('Math.ceil()', args)),
  'Math.floor': (args) => call('floor', only('Math.floor()', args)),
  'Math.abs': (args) => call('abs', only('Math.abs()', args)),
  // JavaScript rounds halves up, round() away from zero.
  'Math.round': (args) => call('floor', binary('+', only('Math.round()', args), literal(0.5))),
  'Math.min': (args) => call('min', ...args),
  'Math.max': (args) => call('max', ...args),
  'JSON.stringify': (args) => call('json', args[0] ?? nothing),
  'Array.isArray': (args) => method(call('json', only('Array.isArray()', args)), 'startsWith', literal('[')),
  'Object.keys': (args) => keysOf(only('Object.keys()', args)),
  'Object.values': (args) => eachKey(only('Object.values()', args), (value) => value),
};

/** One expression of a script as an expression of ours. */
export function translateExpression(node: Expression, env: ScriptNames, translator: Translator): Cel {
  const inner = (each: Expression): Cel => translator.expression(each, env);
  switch (node.type) {
    case 'Literal':
      return translateLiteral(node, env);
    case 'Identifier':
      return readName(node.name, env);
    case 'MemberExpression':
      return readMember(node, env, translator);
    case 'ParenthesizedExpression':
      return inner(node.expression);
    case 'ChainExpression':
      return inner(node.expression);
    case 'ConditionalExpression':
      return choice(truthOf(inner(node.test)), inner(node.consequent), inner(node.alternate));
    case 'LogicalExpression':
      return logical(node.operator, inner(node.left), inner(node.right));
    case 'BinaryExpression':
      return translateBinary(node, inner);
    case 'UnaryExpression':
      return unary(node.operator, inner(node.argument));
    case 'ArrayExpression':
      return translateList(node.elements, inner);
    case 'ObjectExpression':
      return translateMap(node, inner);
    case 'TemplateLiteral':
      return concatenated(
        node.quasis.flatMap(({ value }, index) => {
          const next = node.expressions[index];
          return [literal(value.cooked ?? value.raw), ...(next === undefined ? [] : [inner(next)])];
        }),
      );
    case 'CallExpression':
      return translateCall(node, env, translator);
    default:
      throw new Untranslatable(reasons[node.type] ?? `a ${node.type} in a script`);
  }
}

const reasons: Readonly<Record<string, string>> = {
  NewExpression: '`new`: expressions of ours have no clock and make no objects of classes',
  AssignmentExpression: 'an assignment inside an expression',
  UpdateExpression: 'a variable that counts (++ or --)',
  FunctionExpression: 'a function that is not called where it stands',
  ArrowFunctionExpression: 'a function that is not called where it stands',
  ThisExpression: '`this`',
};

function translateLiteral({ value, regex, bigint }: Literal, { placeholders }: ScriptNames): Cel {
  if (regex != null || bigint != null)
    throw new Untranslatable('a pattern or a big number that stands alone');
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return literal(value);
  const text = String(value);
  const parts = text.split(/(__value\d+__)/);

  return concatenated(parts.map((part) => placeholders.get(part) ?? literal(part)));
}

function readName(name: string, env: ScriptNames): Cel {
  if (name === '$') return env.inputs.whole();
  if (name === 'undefined') return nothing;
  const known = env.locals.get(name) ?? env.placeholders.get(name);
  if (known !== undefined) return known;

  throw new Untranslatable(`"${name}" is not known in the script`);
}

function translateList(
  elements: Extract<Expression, { type: 'ArrayExpression' }>['elements'],
  inner: (each: Expression) => Cel,
): Cel {
  const spread = elements.some((each) => each?.type === 'SpreadElement');
  const items = elements.map((each) => {
    if (each === null) return nothing;
    return each.type === 'SpreadElement' ? orEmpty(inner(each.argument)) : inner(each);
  });
  if (!spread) return listOf(items);
  const parts = elements.map((each, index) =>
    each?.type === 'SpreadElement' ? (items[index] ?? nothing) : listOf([items[index] ?? nothing]),
  );

  return parts.reduce((left, right) => binary('+', left, right));
}

function translateMap(
  { properties }: Extract<Expression, { type: 'ObjectExpression' }>,
  inner: (each: Expression) => Cel,
): Cel {
  const entries = properties.flatMap((property): readonly (readonly [Cel, Cel])[] => {
    if (property.type === 'SpreadElement') {
      const spread = inner(property.argument);
      if (spread.kind === 'map') return spread.entries;
      throw new Untranslatable('an object that takes over all members of another one (...)');
    }
    const { key, computed, value } = property;
    if (computed) return [[inner(key), inner(value)]];
    if (key.type === 'Identifier') return [[literal(key.name), inner(value)]];
    if (key.type === 'Literal') return [[literal(String(key.value)), inner(value)]];
    throw new Untranslatable('a key of an object that is no name');
  });
  const last = new Map(entries.map(([key, value]) => [JSON.stringify(key), [key, value] as const]));

  return { kind: 'map', entries: [...last.values()] };
}

/** A call: of a function of the script, of one of JavaScript, or of a method. */
function translateCall(node: CallExpression, env: ScriptNames, translator: Translator): Cel {
  const { callee } = node;
  if (callee.type === 'Super') throw new Untranslatable('`super`');
  const own = functionOf(callee, env);
  if (own !== undefined) return called(own, node, env, translator);
  if (callee.type === 'Identifier') return builtin(callee.name, argumentsOf(node, env, translator));
  const target = callee.type === 'MemberExpression' ? callee : undefined;
  if (target === undefined) throw new Untranslatable('a call of what is no name');
  const { object, property } = target;
  if (property.type !== 'Identifier' || target.computed || object.type === 'Super') {
    throw new Untranslatable('a call of a method by a name that is worked out');
  }
  const space = object.type === 'Identifier' && !env.locals.has(object.name) ? object.name : undefined;
  const known = space === undefined ? undefined : statics[`${space}.${property.name}`];
  if (known !== undefined) return known(argumentsOf(node, env, translator));
  if (space !== undefined && spaces.has(space)) throw new Untranslatable(`${space}.${property.name}()`);

  return translateMethod(node, { object, name: property.name }, env, translator);
}

/** A function written in the script: by its name, or right where it is called. */
function functionOf(node: Expression, env: ScriptNames): ScriptFunction | undefined {
  if (node.type === 'ParenthesizedExpression') return functionOf(node.expression, env);
  if (node.type === 'Identifier') return env.functions.get(node.name);
  if (node.type !== 'FunctionExpression' && node.type !== 'ArrowFunctionExpression') return undefined;
  const { params, body } = node;
  const statements: readonly Statement[] | Expression =
    body.type === 'BlockStatement' ? body.body : (body as Expression);

  return { params: params.map(nameOf), body: statements };
}

function called(code: ScriptFunction, node: CallExpression, env: ScriptNames, translator: Translator): Cel {
  const args = argumentsOf(node, env, translator);
  const locals = code.params.map((name, index) => [name, args[index] ?? nothing] as const);

  return translator.body(code, withLocals(env, locals));
}

function argumentsOf(node: CallExpression, env: ScriptNames, translator: Translator): readonly Cel[] {
  return node.arguments.map((each) => {
    if (each.type === 'SpreadElement') throw new Untranslatable('arguments out of a list (...)');
    return translator.expression(each, env);
  });
}

function only(name: string, args: readonly Cel[]): Cel {
  const [arg] = args;
  if (arg === undefined || args.length !== 1)
    throw new Untranslatable(`${name} with ${args.length} arguments`);

  return arg;
}

type Static = (args: readonly Cel[]) => Cel;

function keysOf(map: Cel): Cel {
  return { kind: 'loop', loop: 'map', over: map, variable: 'key', body: { kind: 'name', name: 'key' } };
}

function eachKey(map: Cel, body: (value: Cel) => Cel): Cel {
  const key: Cel = { kind: 'name', name: 'key' };

  return {
    kind: 'loop',
    loop: 'map',
    over: map,
    variable: 'key',
    body: body({ kind: 'member', of: map, key, safe: false }),
  };
}

function builtin(name: string, args: readonly Cel[]): Cel {
  switch (name) {
    case 'parseInt':
      return call('int', args[0] ?? nothing);
    case 'Number':
    case 'parseFloat':
      return call('double', only(`${name}()`, args));
    case 'String':
      return textOf(only('String()', args));
    default:
      throw new Untranslatable(`the function ${name}()`);
  }
}
