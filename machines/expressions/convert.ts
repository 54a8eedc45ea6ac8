import type { ASTNode } from '@marcbachmann/cel-js';
import type { Json } from '../../events/canonical-json.ts';
import { ExpressionRefused } from './failure.ts';
import { loopNode } from './loop-node.ts';
import { checkedName } from './names.ts';
import type { Node, Operator, Place, Shape } from './tree.ts';

/** Words the parser was given in place of names it reserves, and those names. */
export type Aliases = ReadonlyMap<string, string>;

/** The tree of the CEL parser as ours. Throws `ExpressionRefused` for what we leave out of CEL. */
export function toTree(ast: ASTNode, aliases: Aliases): Node {
  const place = { start: ast.start, end: ast.end };
  const tree = (node: ASTNode): Node => toTree(node, aliases);
  const name = (word: string): string => checkedName(aliases.get(word) ?? word, place.start);

  return { ...place, ...shapeOf(ast, place, tree, name) };
}

function shapeOf(
  ast: ASTNode,
  place: Place,
  tree: (node: ASTNode) => Node,
  name: (word: string) => string,
): Shape {
  switch (ast.op) {
    case 'value':
      return { kind: 'literal', value: literal(ast.args, place) };
    case 'id':
      return { kind: 'name', name: name(ast.args) };
    case '.':
    case '.?': {
      const key: Node = { ...place, kind: 'literal', value: name(ast.args[1]) };
      return memberShape(tree(ast.args[0]), key, ast.op === '.?');
    }
    case '[]':
    case '[?]':
      return memberShape(tree(ast.args[0]), indexNode(tree(ast.args[1])), ast.op === '[?]');
    case 'call':
      return callShape(ast.args[0], ast.args[1].map(tree), place);
    case 'rcall':
      return methodShape(ast.args[0], tree(ast.args[1]), ast.args[2].map(tree), place);
    case 'list':
      return { kind: 'list', items: ast.args.map(tree) };
    case 'map':
      return { kind: 'map', entries: ast.args.map(([key, value]) => [indexNode(tree(key)), tree(value)]) };
    case '?:': {
      const [when, yes, no] = ast.args;
      return { kind: 'choice', when: tree(when), yes: tree(yes), no: tree(no) };
    }
    case '!_':
      return { kind: 'not', of: tree(ast.args) };
    case '-_':
      return { kind: 'negate', of: tree(ast.args) };
    default:
      return binaryShape(ast.op, tree(ast.args[0]), tree(ast.args[1]));
  }
}

function binaryShape(operator: Operator | '||' | '&&', left: Node, right: Node): Shape {
  if (operator === '||') return { kind: 'or', left, right };
  if (operator === '&&') return { kind: 'and', left, right };

  return { kind: 'binary', operator, left, right };
}

function memberShape(of: Node, key: Node, optional: boolean): Shape {
  return { kind: 'member', of, key, optional };
}

function literal(value: unknown, { start }: Place): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value === 'bigint') {
    if (Number.isSafeInteger(Number(value))) return Number(value);
    throw new ExpressionRefused(
      `${value} is too large to be exact as a JSON number; write it as text`,
      start,
    );
  }
  if (typeof value === 'string') return textLiteral(value, start);
  if (value instanceof Uint8Array)
    throw new ExpressionRefused('bytes are not a JSON value; write text', start);

  throw new ExpressionRefused('unsigned numbers are not needed; write the number without "u"', start);
}

function textLiteral(value: string, start: number): string {
  if (!value.includes('${')) return value;

  // In CEL it would be plain text, and comparing that with a value is silently false.
  throw new ExpressionRefused(
    '"${" inside a text literal is not evaluated; write the expression without the quotes',
    start,
  );
}

function indexNode(node: Node): Node {
  if (node.kind === 'literal' && typeof node.value === 'string') checkedName(node.value, node.start);

  return node;
}

function callShape(name: string, args: readonly Node[], { start }: Place): Shape {
  if (name !== 'has') return { kind: 'call', name: checkedName(name, start), args };

  const [of, ...more] = args;
  if (of?.kind === 'member' && more.length === 0) return { kind: 'has', of };
  throw new ExpressionRefused('has() takes one member, as in has(a.output.x)', start);
}

function methodShape(name: string, on: Node, args: readonly Node[], { start }: Place): Shape {
  return loopNode(name, on, args) ?? { kind: 'method', name: checkedName(name, start), on, args };
}
