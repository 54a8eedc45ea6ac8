import { RE2JS, RE2JSException } from 're2js';
import { type Evaluate, spend } from '../frame.ts';
import { patternCharactersMax } from '../limits.ts';
import { ExpressionRefused, failed } from '../outcome.ts';
import type { Node } from '../tree.ts';
import { needText } from './values.ts';

type Pattern = { readonly matcher: RE2JS; readonly size: number };

/**
 * `regex(text, pattern)`: whether the pattern is found in the text, in time linear in the text (RE2 syntax: no
 * back-references, no look-around). A pattern written as a literal is compiled once, with the expression.
 */
export function buildRegex(node: Node, args: readonly Evaluate[], patternNode: Node | undefined): Evaluate {
  const [text, pattern] = args;
  if (text === undefined || pattern === undefined || args.length > 2) {
    throw new ExpressionRefused('regex() takes a text and a pattern', node.start);
  }
  const literal = patternNode?.kind === 'literal' ? patternNode : undefined;
  const ready = typeof literal?.value === 'string' ? literalPattern(literal.value, literal.start) : undefined;

  return (frame) => {
    const searched = needText(text(frame), 'regex()');
    const { matcher, size } = ready ?? givenPattern(needText(pattern(frame), 'the pattern of regex()'));
    // The worst engine behind a pattern touches each of its states once per character.
    spend(frame, 1 + Math.ceil((searched.length * size) / 16));
    return matcher.test(searched);
  };
}

function literalPattern(pattern: string, offset: number): Pattern {
  const compiled = compile(pattern);
  if (typeof compiled === 'string') throw new ExpressionRefused(compiled, offset);

  return compiled;
}

const keptPatternsMax = 200;
const kept = new Map<string, Pattern>();

/** A pattern from the data. The last ones are kept, because a loop asks for the same again. */
function givenPattern(pattern: string): Pattern {
  const known = kept.get(pattern);
  if (known !== undefined) return known;

  const compiled = compile(pattern);
  if (typeof compiled === 'string') throw failed('the pattern of regex() is not valid', () => compiled);
  const [oldest] = kept.keys();
  if (kept.size >= keptPatternsMax && oldest !== undefined) kept.delete(oldest);
  kept.set(pattern, compiled);

  return compiled;
}

function compile(pattern: string): Pattern | string {
  if (pattern.length > patternCharactersMax) {
    return `the pattern has ${pattern.length} characters, more than the ${patternCharactersMax} allowed`;
  }
  try {
    const matcher = RE2JS.compile(pattern);
    return { matcher, size: matcher.programSize() };
  } catch (error) {
    if (error instanceof RE2JSException) return `the pattern is not valid: ${error.message}`;
    throw error;
  }
}
