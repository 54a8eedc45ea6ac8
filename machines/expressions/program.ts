import type { Json } from '../../events/canonical-json.ts';
import { build } from './build.ts';
import { ExpressionFailure, ExpressionRefused, failed, overLimit } from './failure.ts';
import { newFrame } from './frame.ts';
import { measureJson } from './json-size.ts';
import { jsonDepthMax, renderedCharactersMax, resultCharactersMax } from './limits.ts';
import type { ExpressionError, Reference, Rendered, Scope } from './outcome.ts';
import { parseExpression } from './parse.ts';
import { referencesOf } from './references.ts';
import { errorOf, valuesOf } from './seen.ts';

/** One compiled expression. */
export type Program = {
  readonly references: readonly Reference[];
  readonly run: (scope: Scope) => Rendered;
  /** What the references hold in a scope, fit to be shown. */
  readonly values: (scope: Scope) => Readonly<Record<string, Json>>;
  /** An error about this expression that is found only after it ran. */
  readonly error: (failure: ExpressionFailure, scope: Scope) => ExpressionError;
};

export type CompiledProgram =
  | { readonly ok: true; readonly program: Program }
  | { readonly ok: false; readonly message: string; readonly offset: number };

/** Compiles the text of one expression. `quoted` is how messages show it. */
export function compileProgram(source: string, quoted: string): CompiledProgram {
  try {
    const tree = parseExpression(source);
    const evaluate = build(tree, source);
    const expression = source.trim();
    const most = onlyNames.test(expression) ? renderedCharactersMax : resultCharactersMax;
    const references = referencesOf(tree, expression);
    const error = (failure: ExpressionFailure, scope: Scope): ExpressionError =>
      errorOf(failure, { expression, quoted, references, scope });
    const values = (scope: Scope): Readonly<Record<string, Json>> => valuesOf(references, scope);
    const run = (scope: Scope): Rendered => {
      try {
        return { ok: true, value: checked(evaluate(newFrame(scope)), most) };
      } catch (failure) {
        if (!(failure instanceof ExpressionFailure)) throw failure;
        return { ok: false, error: error(failure, scope) };
      }
    };
    return { ok: true, program: { references, run, values, error } };
  } catch (refusal) {
    if (!(refusal instanceof ExpressionRefused)) throw refusal;
    return { ok: false, message: refusal.message, offset: refusal.offset };
  }
}

/** An expression that builds nothing may hand on what a task or a person gave, however large. */
const onlyNames = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*|\[(\d{1,9}|"[^"\\]*"|'[^'\\]*')\])*$/;

function checked(value: Json, charactersMax: number): Json {
  const size = measureJson(value, charactersMax);
  switch (size.kind) {
    case 'fits':
      return value;
    case 'large':
      throw overLimit(`the result is larger than the ${charactersMax} characters of JSON allowed`);
    case 'deep':
      throw overLimit(`the result nests deeper than ${jsonDepthMax}`);
    case 'foreign':
      throw failed(`the result holds ${size.what}, which is not JSON`);
  }
}
