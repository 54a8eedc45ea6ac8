import type { Json } from '../../events/canonical-json.ts';
import {
  type ExpressionError,
  type ExpressionProblem,
  type Reference,
  type Rendered,
  type Scope,
  unfit,
} from './outcome.ts';
import { compileProgram, type Program } from './program.ts';

/** A condition that was evaluated: its truth with the values it saw, or why there is none. */
export type Verdict =
  | { readonly ok: true; readonly result: boolean; readonly values: Readonly<Record<string, Json>> }
  | { readonly ok: false; readonly error: ExpressionError };

export type CompiledCondition = {
  readonly source: string;
  readonly references: readonly Reference[];
  readonly evaluate: (scope: Scope) => Verdict;
};

export type CompiledExpression = {
  readonly source: string;
  readonly references: readonly Reference[];
  readonly render: (scope: Scope) => Rendered;
};

type Refused = { readonly ok: false; readonly problems: readonly ExpressionProblem[] };

/**
 * Compiles a text that is a condition as a whole; `${x}` inside it is just `(x)`. Only true and false are truths: the
 * text "false", 0 and null are errors, because each language guesses differently what they mean.
 */
export function compileCondition(
  source: string,
): { readonly ok: true; readonly condition: CompiledCondition } | Refused {
  const compiled = compileProgram(source, source.trim());
  if (!compiled.ok) return refused(source, compiled);
  const { program } = compiled;

  return {
    ok: true,
    condition: { source, references: program.references, evaluate: (scope) => judge(program, scope) },
  };
}

/** Compiles a text that is one expression for a value as a whole: `${a.output.b}` and `a.output.b` are the same. */
export function compileExpression(
  source: string,
): { readonly ok: true; readonly expression: CompiledExpression } | Refused {
  const compiled = compileProgram(source, source.trim());
  if (!compiled.ok) return refused(source, compiled);
  const { references, run } = compiled.program;

  return { ok: true, expression: { source, references, render: run } };
}

function judge(program: Program, scope: Scope): Verdict {
  const rendered = program.run(scope);
  if (!rendered.ok) return rendered;
  const { value } = rendered;
  if (typeof value === 'boolean') return { ok: true, result: value, values: program.values(scope) };

  const isWord = value === 'true' || value === 'false';
  const needed = `a condition must be true or false${isWord ? ' (a text is neither; use bool())' : ''}`;
  return { ok: false, error: program.error(unfit(needed, value), scope) };
}

function refused(
  source: string,
  { message, offset }: { readonly message: string; readonly offset: number },
): Refused {
  return { ok: false, problems: [{ message, path: [], offset, expression: source.trim() }] };
}
