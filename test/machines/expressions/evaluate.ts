import type { Json } from '../../../events/canonical-json.ts';
import { compileExpression } from '../../../machines/expressions/condition.ts';
import type { ExpressionError, ExpressionProblem, Scope } from '../../../machines/expressions/template.ts';

/** What an expression comes to: one of the three, so that a table can compare the whole answer. */
export type Answer =
  | { readonly value: Json }
  | { readonly error: ExpressionError }
  | { readonly problem: ExpressionProblem };

export function answer(expression: string, scope: Scope = {}): Answer {
  const compiled = compileExpression(expression);
  if (!compiled.ok) {
    const [problem] = compiled.problems;
    if (problem === undefined) throw new Error('refused without a problem');
    return { problem };
  }
  const rendered = compiled.expression.render(scope);

  return rendered.ok ? { value: rendered.value } : { error: rendered.error };
}

/** The reason an expression is refused before it runs, or a note that it is not. */
export function refusal(expression: string): string {
  const answered = answer(expression);

  return 'problem' in answered ? answered.problem.message : `accepted: ${JSON.stringify(answered)}`;
}

/** The message of an expression in `${}` that compiles and then fails, or a note that it does not. */
export function failure(expression: string, scope: Scope = {}): string {
  const answered = answer(`\${${expression}}`, scope);

  return 'error' in answered ? answered.error.message : `no failure: ${JSON.stringify(answered)}`;
}
