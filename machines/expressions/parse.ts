import { Environment, ParseError } from '@marcbachmann/cel-js';
import { type Aliases, toTree } from './convert.ts';
import { ExpressionRefused } from './failure.ts';
import { astNodesMax, depthMax, expressionCharactersMax } from './limits.ts';
import { rewriteCode, unwrap } from './scan.ts';
import type { Node } from './tree.ts';

// Only the parser of the library is used. Its evaluator cannot be bounded (`cel.bind` and `+` double a list per node),
// reads the local time zone, runs V8 regular expressions, and refuses `double + int`, which JSON numbers need.
const language = new Environment({
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
  enableOptionalTypes: true,
  limits: { maxAstNodes: astNodesMax, maxDepth: depthMax },
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
  if (summary.includes('maxDepth')) return `the expression nests deeper than ${depthMax}; split it`;

  return summary.toLowerCase();
}
