import type { CallExpression, Expression, MemberExpression } from 'acorn';
import {
  binary,
  call,
  concatenated,
  holds,
  joinedText,
  literal,
  loopOver,
  member,
  method,
  named,
  nothing,
  orEmpty,
  same,
  textOf,
  truthOf,
} from '../cel/make.ts';
import { type Cel, isList, isText } from '../cel/tree.ts';
import type { Segment } from '../source/path.ts';
import { Untranslatable } from '../untranslatable.ts';
import { type ScriptFunction, type ScriptNames, type Translator, withLocals } from './statements.ts';

type Called = { readonly object: Expression; readonly name: string };

/** A method of a text, a list or an object, those of Java that scripts in Conductor use among them. */
export function translateMethod(
  node: CallExpression,
  { object, name }: Called,
  env: ScriptNames,
  translator: Translator,
): Cel {
  if (object.type === 'Literal' && object.regex != null)
    return tested(object.regex, name, node, env, translator);
  const on = translator.expression(object, env);
  const [first] = node.arguments;
  if (first !== undefined && isFunction(first.type))
    return looped(on, name, first as Expression, env, translator);
  if (name === 'replace' || name === 'replaceAll') return replaced(on, name, node, env, translator);
  const args = node.arguments.map((each) => translator.expression(each as Expression, env));
  const translate = methods.get(name);
  if (translate === undefined) throw new Untranslatable(`the method ${name}()`);

  return translate(on, args);
}

type Method = (on: Cel, args: readonly Cel[]) => Cel;

const methods: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['includes', (on, [part = nothing]) => holds(on, part)],
  ['contains', (on, [part = nothing]) => holds(on, part)],
  ['indexOf', (on, [part = nothing]) => indexIn(on, part)],
  ['startsWith', (on, [part = nothing]) => method(on, 'startsWith', part)],
  ['endsWith', (on, [part = nothing]) => method(on, 'endsWith', part)],
  ['toUpperCase', (on) => method(on, 'upperAscii')],
  ['toLowerCase', (on) => method(on, 'lowerAscii')],
  ['trim', (on) => method(on, 'trim')],
  ['split', (on, [separator]) => method(on, 'split', separator ?? literal(''))],
  ['join', (on, [separator]) => joinedText(on, separator ?? literal(','))],
  ['substring', (on, args) => part(on, args)],
  ['slice', (on, args) => part(on, args)],
  ['charAt', (on, [at = literal(0)]) => part(on, [at, plusOne(at)])],
  [
    'concat',
    (on, args) =>
      isText(on) ? concatenated([on, ...args]) : args.reduce((left, right) => binary('+', left, right), on),
  ],
  ['toString', (on) => textOf(on)],
  [
    'toFixed',
    (on, args) => {
      const [digits] = args;
      if (digits !== undefined && (digits.kind !== 'literal' || digits.value !== 0)) {
        throw new Untranslatable('toFixed() with digits');
      }
      return call('string', call('round', on));
    },
  ],
  ['get', (on, [key]) => member(on, key ?? nothing)],
  ['size', (on) => lengthOf(on)],
  ['length', (on) => lengthOf(on)],
  ['isEmpty', (on) => binary('==', lengthOf(on), literal(0))],
  ['equals', (on, [other = nothing]) => same(on, other)],
  ['containsKey', (on, [key = nothing]) => binary('in', key, on)],
  ['hasOwnProperty', (on, [key = nothing]) => binary('in', key, on)],
  [
    'at',
    (on, [index = literal(0)]) => {
      const back = index.kind === 'literal' && typeof index.value === 'number' && index.value < 0;
      return member(on, back ? binary('+', lengthOf(on), index) : index);
    },
  ],
]);

/** Only texts have a position here. Whether an item is in a list at all is asked by a comparison; see `searched`. */
function indexIn(on: Cel, sought: Cel): Cel {
  if (isText(on)) return method(on, 'indexOf', sought);

  throw new Untranslatable('indexOf() where the place of an item matters, not whether it is there');
}

/** JavaScript cuts positions to the length of the text; here they would be an error. */
function part(on: Cel, [from = literal(0), to]: readonly Cel[]): Cel {
  const negative = [from, to].some((each) => each?.kind === 'literal' && Number(each.value) < 0);
  if (negative || isList(on)) throw new Untranslatable('slice() of a list, or from the end of a text');
  const inside = (at: Cel): Cel =>
    at.kind === 'literal' && at.value === 0 ? at : call('min', at, call('size', on));

  return method(on, 'substring', inside(from), ...(to === undefined ? [] : [inside(to)]));
}

function plusOne(at: Cel): Cel {
  return at.kind === 'literal' ? literal(Number(at.value) + 1) : binary('+', at, literal(1));
}

function isFunction(type: string): boolean {
  return type === 'ArrowFunctionExpression' || type === 'FunctionExpression';
}

function looped(on: Cel, name: string, node: Expression, env: ScriptNames, translator: Translator): Cel {
  const code = codeOf(node);
  const [variable = 'each', ...more] = code.params;
  if (more.length > 0) throw new Untranslatable(`${name}() with the position of the item`);
  // A name of the script may be a name of ours, which the loop would hide from its body.
  const own = `${variable.replace(/\W/g, '')}_${env.depth}`;
  const body = translator.body(code, withLocals(env, [[variable, named(own)]]));
  const over = { over: on, variable: own };
  switch (name) {
    case 'map':
      return loopOver({ ...over, loop: 'map', body });
    case 'filter':
      return loopOver({ ...over, loop: 'filter', body: truthOf(body) });
    case 'some':
      return loopOver({ ...over, loop: 'exists', body: truthOf(body) });
    case 'every':
      return loopOver({ ...over, loop: 'all', body: truthOf(body) });
    case 'find':
      return member(loopOver({ ...over, loop: 'filter', body: truthOf(body) }), 0);
    default:
      throw new Untranslatable(`the method ${name}() with a function`);
  }
}

function codeOf(node: Expression): ScriptFunction {
  if (node.type !== 'ArrowFunctionExpression' && node.type !== 'FunctionExpression') {
    throw new Untranslatable('a function that is not written where it is used');
  }
  const params = node.params.map((each) => {
    if (each.type !== 'Identifier') throw new Untranslatable('parameters that are taken apart');
    return each.name;
  });

  return { params, body: node.body.type === 'BlockStatement' ? node.body.body : (node.body as Expression) };
}

type Pattern = { readonly pattern: string; readonly flags: string };

function tested(
  regex: Pattern,
  name: string,
  node: CallExpression,
  env: ScriptNames,
  translator: Translator,
): Cel {
  const [text] = node.arguments;
  if (name !== 'test' || text === undefined || text.type === 'SpreadElement') {
    throw new Untranslatable(`the method ${name}() of a pattern`);
  }
  const prefix = /^[ims]+$/.test(regex.flags.replace('g', '')) ? `(?${regex.flags.replace('g', '')})` : '';

  return call('regex', translator.expression(text, env), literal(`${prefix}${regex.pattern}`));
}

/** replace() here replaces everywhere; the JavaScript one of a text only the first time. */
function replaced(
  on: Cel,
  name: string,
  node: CallExpression,
  env: ScriptNames,
  translator: Translator,
): Cel {
  const [sought, by] = node.arguments;
  if (sought === undefined || by === undefined) throw new Untranslatable(`${name}() with one argument`);
  const regex = sought.type === 'Literal' ? sought.regex : undefined;
  const plain = regex != null && regex.flags === 'g' && !/[\\^$.*+?()[\]{}|]/.test(regex.pattern);
  if (regex == null ? name === 'replace' : !plain) {
    throw new Untranslatable(`${name}() of a pattern, or of the first place only`);
  }
  const what = plain ? literal(regex.pattern) : translator.expression(sought as Expression, env);

  return method(on, 'replace', what, translator.expression(by as Expression, env));
}

/** `a.b`, `a['b']`, `a[0]`; all the way from `$` they are the inputs of the task. */
export function readMember(node: MemberExpression, env: ScriptNames, translator: Translator): Cel {
  const key = staticKey(node);
  if (key === 'length') return lengthOf(object(node, env, translator));
  const path = inputPath(node, env);
  if (path !== undefined) return env.inputs.read(path);
  const of = object(node, env, translator);
  if (key !== undefined) return member(of, key);

  return member(of, translator.expression(node.property as Expression, env));
}

function object(node: MemberExpression, env: ScriptNames, translator: Translator): Cel {
  if (node.object.type === 'Super') throw new Untranslatable('`super`');

  return translator.expression(node.object, env);
}

/** The number of items or characters. */
function lengthOf(of: Cel): Cel {
  return of.kind === 'list' ? { kind: 'literal', value: of.items.length } : call('size', orEmpty(of));
}

function staticKey({ property, computed }: MemberExpression): string | number | undefined {
  if (!computed && property.type === 'Identifier') return property.name;
  if (property.type !== 'Literal') return undefined;
  const { value } = property;

  return typeof value === 'string' || (typeof value === 'number' && value >= 0) ? value : undefined;
}

/** The path of a chain that begins at `$` and is written out in full. */
function inputPath(node: MemberExpression, env: ScriptNames): readonly Segment[] | undefined {
  if (env.locals.has('$')) return undefined;
  const segments: Segment[] = [];
  for (let at: Expression = node; ; ) {
    if (at.type === 'Identifier') return at.name === '$' ? segments : undefined;
    if (at.type !== 'MemberExpression' || at.object.type === 'Super') return undefined;
    const key = staticKey(at);
    if (key === undefined) return undefined;
    segments.unshift(typeof key === 'number' ? { kind: 'index', index: key } : { kind: 'name', name: key });
    at = at.object;
  }
}
