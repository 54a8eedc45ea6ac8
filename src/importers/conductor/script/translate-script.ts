import { type Program, parse } from 'acorn';
import { messageOf } from '../../../lib/text.ts';
import type { Cel } from '../cel/tree.ts';
import { piecesOf } from '../source/path.ts';
import { Untranslatable } from '../untranslatable.ts';
import { translateExpression } from './expressions.ts';
import { type Inputs, type ScriptNames, type Translator, translateBody } from './statements.ts';

/**
 * A script of Conductor as one expression of ours. `resolve` gives what `${...}` in its text reads; undefined where
 * Conductor does not replace it. Throws Untranslatable.
 */
export function translateScript(source: string, inputs: Inputs, resolve?: (text: string) => Cel): Cel {
  const placeholders = new Map<string, Cel>();
  const text = resolve === undefined ? source : withPlaceholders(source, resolve, placeholders);
  const env: ScriptNames = {
    inputs,
    placeholders,
    locals: new Map(),
    functions: new Map(),
    depth: 0,
    work: { left: 2000 },
  };

  return translator.body({ params: [], body: parsed(text).body as never }, env);
}

const translator: Translator = {
  expression: (node, env) => translateExpression(node, env, translator),
  body: (code, env) => translateBody(code, env, translator),
};

/** Scripts often end in `return ...` without a function around them, and objects stand without parentheses. */
function parsed(text: string): Program {
  const options = { ecmaVersion: 2022, sourceType: 'script', allowReturnOutsideFunction: true } as const;
  try {
    return parse(text, options);
  } catch (error) {
    if (text.trim().startsWith('{')) {
      try {
        return parse(`(${text.trim().replace(/;$/, '')})`, options);
      } catch {
        // What is wrong with the text as it stands says more.
      }
    }
    throw new Untranslatable(`the script cannot be parsed: ${messageOf(error)}`);
  }
}

function withPlaceholders(
  source: string,
  resolve: (text: string) => Cel,
  placeholders: Map<string, Cel>,
): string {
  const pieces = piecesOf(source);
  const references = pieces.filter(({ kind }) => kind === 'reference');
  if (references.length > 0 && source.includes('`')) {
    throw new Untranslatable('a template literal: Conductor replaces its ${...} before the script runs');
  }

  return pieces
    .map((piece) => {
      if (piece.kind === 'text') return piece.text;
      const name = `__value${placeholders.size}__`;
      placeholders.set(name, resolve(piece.text));
      return name;
    })
    .join('');
}
