import type { Expression, Literal } from 'acorn';
import { binary, choice, concatenated, listOf, literal, nothing, orEmpty, truthOf } from '../cel/make.ts';
import type { Cel } from '../cel/tree.ts';
import { Untranslatable } from '../untranslatable.ts';
import { translateCall } from './calls.ts';
import type { Environment, Translator } from './environment.ts';
import { readMember } from './members.ts';
import { logical, translateBinary, unary } from './operators.ts';

/** One expression of a script as an expression of ours. */
export function translateExpression(node: Expression, env: Environment, translator: Translator): Cel {
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

function translateLiteral({ value, regex, bigint }: Literal, { placeholders }: Environment): Cel {
  if (regex != null || bigint != null)
    throw new Untranslatable('a pattern or a big number that stands alone');
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return literal(value);
  const text = String(value);
  const parts = text.split(/(__value\d+__)/);

  return concatenated(parts.map((part) => placeholders.get(part) ?? literal(part)));
}

function readName(name: string, env: Environment): Cel {
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
