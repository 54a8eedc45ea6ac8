import type { Json } from '../../events/canonical-json.ts';

/** Why a text is not an expression: where in the value it stands, and where in that text the reader stumbled. */
export type ExpressionProblem = {
  readonly message: string;
  /** Keys and indexes that lead to the text inside the compiled value. */
  readonly path: readonly (string | number)[];
  /** Character offset inside that text. */
  readonly offset: number;
  readonly expression: string;
};

/**
 * A name an expression reads, with the members it goes through: `a.output["x"]` is `['a', 'output', 'x']`. The path
 * ends before the first index that is not a text literal, before `.?`, before a call, and before what `has()` asks for.
 */
export type Reference = { readonly path: readonly string[]; readonly expression: string };

/** What names stand for while an expression is evaluated: plain JSON values. */
export type Scope = Readonly<Record<string, unknown>>;

/** Why an evaluation gave no value. */
export type ExpressionError = {
  readonly code: 'expression.failed' | 'expression.limit';
  /** The whole sentence for people: the expression, the reason, and the values it saw. */
  readonly message: string;
  readonly expression: string;
  /**
   * What the references of the expression held, by their path joined with dots; large values are shortened, secrets
   * left out.
   */
  readonly values: Readonly<Record<string, Json>>;
};

/** The outcome of rendering: a JSON value, or the reason there is none. */
export type Rendered =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly error: ExpressionError };
