import type { CallExpression, Expression, Statement } from 'acorn';
import { binary, call, literal, method, nothing, textOf } from '../cel/make.ts';
import type { Cel } from '../cel/tree.ts';
import { Untranslatable } from '../untranslatable.ts';
import { type Environment, type ScriptFunction, type Translator, withLocals } from './environment.ts';
import { translateMethod } from './methods.ts';
import { nameOf } from './statements.ts';

/** A call: of a function of the script, of one of JavaScript, or of a method. */
export function translateCall(node: CallExpression, env: Environment, translator: Translator): Cel {
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
function functionOf(node: Expression, env: Environment): ScriptFunction | undefined {
  if (node.type === 'ParenthesizedExpression') return functionOf(node.expression, env);
  if (node.type === 'Identifier') return env.functions.get(node.name);
  if (node.type !== 'FunctionExpression' && node.type !== 'ArrowFunctionExpression') return undefined;
  const { params, body } = node;
  const statements: readonly Statement[] | Expression =
    body.type === 'BlockStatement' ? body.body : (body as Expression);

  return { params: params.map(nameOf), body: statements };
}

function called(code: ScriptFunction, node: CallExpression, env: Environment, translator: Translator): Cel {
  const args = argumentsOf(node, env, translator);
  const locals = code.params.map((name, index) => [name, args[index] ?? nothing] as const);

  return translator.body(code, withLocals(env, locals));
}

function argumentsOf(node: CallExpression, env: Environment, translator: Translator): readonly Cel[] {
  return node.arguments.map((each) => {
    if (each.type === 'SpreadElement') throw new Untranslatable('arguments out of a list (...)');
    return translator.expression(each, env);
  });
}

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

function only(name: string, args: readonly Cel[]): Cel {
  const [arg] = args;
  if (arg === undefined || args.length !== 1)
    throw new Untranslatable(`${name} with ${args.length} arguments`);

  return arg;
}

type Static = (args: readonly Cel[]) => Cel;

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
