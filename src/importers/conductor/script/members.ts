import type { Expression, MemberExpression } from 'acorn';
import { call, member, orEmpty } from '../cel/make.ts';
import type { Cel } from '../cel/tree.ts';
import type { Segment } from '../source/path.ts';
import { Untranslatable } from '../untranslatable.ts';
import type { Environment, Translator } from './environment.ts';

/** `a.b`, `a['b']`, `a[0]`; all the way from `$` they are the inputs of the task. */
export function readMember(node: MemberExpression, env: Environment, translator: Translator): Cel {
  const key = staticKey(node);
  if (key === 'length') return lengthOf(object(node, env, translator));
  const path = inputPath(node, env);
  if (path !== undefined) return env.inputs.read(path);
  const of = object(node, env, translator);
  if (key !== undefined) return member(of, key);

  return member(of, translator.expression(node.property as Expression, env));
}

function object(node: MemberExpression, env: Environment, translator: Translator): Cel {
  if (node.object.type === 'Super') throw new Untranslatable('`super`');

  return translator.expression(node.object, env);
}

/** The number of items or characters. */
export function lengthOf(of: Cel): Cel {
  return of.kind === 'list' ? { kind: 'literal', value: of.items.length } : call('size', orEmpty(of));
}

function staticKey({ property, computed }: MemberExpression): string | number | undefined {
  if (!computed && property.type === 'Identifier') return property.name;
  if (property.type !== 'Literal') return undefined;
  const { value } = property;

  return typeof value === 'string' || (typeof value === 'number' && value >= 0) ? value : undefined;
}

/** The path of a chain that begins at `$` and is written out in full. */
function inputPath(node: MemberExpression, env: Environment): readonly Segment[] | undefined {
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
