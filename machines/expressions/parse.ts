import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js';
import type { Json } from '../../events/canonical-json.ts';
import { loopNode } from './evaluate/loops.ts';
import { astNodesMax, expressionCharactersMax, expressionDepthMax } from './limits.ts';
import { checkedName } from './names.ts';
import { ExpressionRefused } from './outcome.ts';
import { rewriteCode, unwrap } from './scan.ts';
import type { Node, NodePlace, NodeShape, Operator } from './tree.ts';

// Only the parser of the library is used. Its evaluator cannot be bounded (`cel.bind` and `+` double a list per node),
// reads the local time zone, runs V8 regular expressions, and refuses `double + int`, which JSON numbers need.
const language = new Environment({
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
  enableOptionalTypes: true,
  limits: { maxAstNodes: astNodesMax, maxDepth: expressionDepthMax },
});

/** Reads an expression, in which `${x}` is just `(x)`. Throws `ExpressionRefused`. */
export function parseExpression(source: string): Node {
  if (source.length > expressionCharactersMax) {
    throw new ExpressionRefused(
      `the expression has ${source.length} characters, more than the ${expressionCharactersMax} allowed`,
      expressionCharactersMax,
    );
  }
  if (source.trim() === '') throw new ExpressionRefused('there is no expression', 0);

  const unwrapped = unwrap(source);
  if ('unclosed' in unwrapped) throw new ExpressionRefused(`"\${" without its "}"`, unwrapped.unclosed);

  const { text, aliases } = aliasReserved(unwrapped.text);
  try {
    return toTree(language.parse(text).ast, aliases);
  } catch (error) {
    throw error instanceof ParseError ? refusal(error, source) : error;
  }
}

/**
 * `loop.iteration` is ours, but `loop` is reserved in CEL. The parser is given a word of the same length that the text
 * does not hold, so that offsets stay, and the tree gets the name back.
 */
function aliasReserved(text: string): { readonly text: string; readonly aliases: Aliases } {
  const alias = ['l_op', 'lo_p', '_oop', 'loo_'].find((word) => !text.includes(word));
  if (alias === undefined) return { text, aliases: new Map() };

  return {
    text: rewriteCode(text, (code) => code.replace(/\bloop\b/g, alias)),
    aliases: new Map([[alias, 'loop']]),
  };
}

const instead: ReadonlyMap<string, string> = new Map([
  ['=', '=='],
  ['&', '&&'],
  ['|', '||'],
  ['and', '&&'],
  ['or', '||'],
  ['not', '!'],
]);
const tokens: ReadonlyMap<string, string> = new Map([
  ['EOF', 'the end'],
  ['LPAREN', '"("'],
  ['RPAREN', '")"'],
  ['LBRACKET', '"["'],
  ['RBRACKET', '"]"'],
  ['LBRACE', '"{"'],
  ['RBRACE', '"}"'],
  ['IDENTIFIER', 'a name'],
]);

function refusal(error: ParseError, source: string): ExpressionRefused {
  const offset = Math.min(error.range?.start ?? 0, source.length);
  const word = /^(\w+|.)/u.exec(source.slice(offset))?.[0] ?? '';
  if (error.code === 'limit_exceeded') return new ExpressionRefused(limitMessage(error.summary), offset);
  if (error.code === 'reserved_identifier') {
    return new ExpressionRefused(
      `"${word}" is a reserved word; a task of that name is tasks["${word}"]`,
      offset,
    );
  }

  const hint = instead.get(word);
  if (error.code === 'unexpected_character') {
    return new ExpressionRefused(
      `unexpected ${JSON.stringify(word)}${hint ? `; write ${hint}` : ''}`,
      offset,
    );
  }

  const message = error.summary.replace(
    /\b[A-Z]{2,}\b/g,
    (token) => tokens.get(token) ?? token.toLowerCase(),
  );
  return new ExpressionRefused(message.charAt(0).toLowerCase() + message.slice(1), offset);
}

function limitMessage(summary: string): string {
  if (summary.includes('maxAstNodes')) return `the expression has more than ${astNodesMax} parts; split it`;
  if (summary.includes('maxDepth')) return `the expression nests deeper than ${expressionDepthMax}; split it`;

  return summary.toLowerCase();
}

/** Words the parser was given in place of names it reserves, and those names. */
type Aliases = ReadonlyMap<string, string>;

/** The tree of the CEL parser as ours. Throws `ExpressionRefused` for what we leave out of CEL. */
function toTree(ast: ASTNode, aliases: Aliases): Node {
  const place = { start: ast.start, end: ast.end };
  const tree = (node: ASTNode): Node => toTree(node, aliases);
  const name = (word: string): string => checkedName(aliases.get(word) ?? word, place.start);

  return { ...place, ...shapeOf(ast, place, tree, name) };
}

function shapeOf(
  ast: ASTNode,
  place: NodePlace,
  tree: (node: ASTNode) => Node,
  name: (word: string) => string,
): NodeShape {
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
      return callShape(name(ast.args[0]), ast.args[1].map(tree), place);
    case 'rcall':
      return methodShape(name(ast.args[0]), tree(ast.args[1]), ast.args[2].map(tree));
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

function binaryShape(operator: Operator | '||' | '&&', left: Node, right: Node): NodeShape {
  if (operator === '||') return { kind: 'or', left, right };
  if (operator === '&&') return { kind: 'and', left, right };

  return { kind: 'binary', operator, left, right };
}

function memberShape(of: Node, key: Node, optional: boolean): NodeShape {
  return { kind: 'member', of, key, optional };
}

function literal(value: unknown, { start }: NodePlace): Json {
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

function callShape(name: string, args: readonly Node[], { start }: NodePlace): NodeShape {
  if (name !== 'has') return { kind: 'call', name, args };

  const [of, ...more] = args;
  if (of?.kind === 'member' && more.length === 0) return { kind: 'has', of };
  throw new ExpressionRefused('has() takes one member, as in has(a.output.x)', start);
}

function methodShape(name: string, on: Node, args: readonly Node[]): NodeShape {
  return loopNode(name, on, args) ?? { kind: 'method', name, on, args };
}
