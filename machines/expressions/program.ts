import type { Json } from '../../events/canonical-json.ts';
import { build } from './build.ts';
import { ExpressionFailure, ExpressionRefused, failed, overLimit } from './failure.ts';
import { newFrame } from './frame.ts';
import { measureJson } from './json-size.ts';
import { jsonDepthMax, resultCharactersMax } from './limits.ts';
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
    const references = referencesOf(tree, expression);
    const error = (failure: ExpressionFailure, scope: Scope): ExpressionError =>
      errorOf(failure, { expression, quoted, references, scope });
    const values = (scope: Scope): Readonly<Record<string, Json>> => valuesOf(references, scope);
    const run = (scope: Scope): Rendered => {
      try {
        return { ok: true, value: checked(evaluate(newFrame(scope))) };
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

function checked(value: Json): Json {
  const size = measureJson(value, resultCharactersMax);
  switch (size.kind) {
    case 'fits':
      return value;
    case 'large':
      throw overLimit(`the result is larger than the ${resultCharactersMax} characters of JSON allowed`);
    case 'deep':
      throw overLimit(`the result nests deeper than ${jsonDepthMax}`);
    case 'foreign':
      throw failed(`the result holds ${size.what}, which is not JSON`);
  }
}
